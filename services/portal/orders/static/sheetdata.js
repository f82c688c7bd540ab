// What a sheet holds: columns of all rows, what of it the portal has saved, and the sums. Nothing here touches the page.
//
// Amounts are whole fen, never decimals: 23662.50 yuan is 2366250. A row that is ticked has an amount: what was typed
// (指定汇缴), else what the draft holds, else the proposal.
'use strict';
(function () {
  const FEN_MAX = 1e15; // As libsubsidy's Money; a sum beyond it is refused there.

  // "1,234.5" gives 123450; null is no amount.
  const fenOf = function (text) {
    const match = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(window.portal.money(text));
    if (!match) { return null; }
    const fen = Number(match[1]) * 100 + Number((match[2] || '').padEnd(2, '0'));
    return fen > 0 && fen <= FEN_MAX ? fen : null;
  };
  const read = function (money) { return money === null ? null : fenOf(money); };

  // 123450 gives "1234.50", as the API writes it, and "1,234.50", as people read it.
  const yuan = function (fen) { return Math.floor(fen / 100) + '.' + String(fen % 100).padStart(2, '0'); };
  const shown = function (fen) { return yuan(fen).replace(/\B(?=(\d{3})+\.)/g, ','); };

  // Whatever a search may find: the name, its sound with and without blanks, its initials.
  const soughtIn = function (name, pinyin) {
    const sounds = pinyin.toLowerCase().split(/\s+/);
    const initials = sounds.map(function (sound) { return sound.charAt(0); }).join('');
    return [name.toLowerCase(), sounds.join(''), sounds.join(' '), initials].join('\n');
  };

  const Sheet = function (view) {
    const count = view.employee_ids.length;
    this.order = view.order;
    this.month = view.month;
    this.missing = view.missing;
    this.count = count;
    this.ids = view.employee_ids;
    this.names = view.names;
    this.numbers = view.id_numbers;
    this.sources = view.sources;
    this.sought = view.names.map(function (name, row) { return soughtIn(name, view.pinyins[row]); });
    this.rowOf = new Map(view.employee_ids.map(function (id, row) { return [id, row]; }));
    this.proposals = view.proposals.map(read);
    this.files = view.file_amounts.map(read);
    this.broken = new Map(view.broken.map(function (each) { return [each.employee_id, each.reasons]; }));
    this.saved = view.amounts.map(read);
    this.savedOnly = view.this_month_only.slice();
    this.on = this.saved.map(function (amount) { return amount !== null; });
    this.only = this.savedOnly.slice();
    // What was typed, and what the draft holds where nothing was: the proposal of the day on which it was ticked.
    this.typed = this.saved.map(function (amount, row) { return view.amount_sources[row] === 'designated' ? amount : null; });
    this.held = this.saved.map(function (amount, row) { return view.amount_sources[row] === 'designated' ? null : amount; });
    this.wrong = new Map(); // By row: a text that is no amount, as it stands in the field.
    const savedTotal = this.saved.reduce(function (sum, amount) { return sum + (amount || 0); }, 0);
    const savedCount = this.on.filter(Boolean).length;
    // The lines of the order's other months.
    this.otherCount = view.order.line_count - savedCount;
    this.otherTotal = (fenOf(view.order.total) || 0) - savedTotal;
    this.sum();
  };

  Sheet.prototype.sum = function () {
    let chosen = 0;
    let total = 0;
    for (let row = 0; row < this.count; row += 1) {
      if (this.on[row]) { chosen += 1; total += this.amount(row); }
    }
    this.chosen = chosen;
    this.total = total;
  };

  // What the row comes to if it is ticked; null: it cannot be, until an amount is typed.
  Sheet.prototype.amount = function (row) {
    if (this.typed[row] !== null) { return this.typed[row]; }
    return this.held[row] !== null ? this.held[row] : this.proposals[row];
  };
  Sheet.prototype.payable = function (row) { return !this.broken.has(this.ids[row]); };

  // Changes one row; false where it cannot be.
  Sheet.prototype.tick = function (row, on) {
    if (on && (this.amount(row) === null || !this.payable(row))) { return false; }
    if (on !== this.on[row]) {
      this.chosen += on ? 1 : -1;
      this.total += on ? this.amount(row) : -this.amount(row);
      this.on[row] = on;
      if (!on) { this.held[row] = null; } // Ticked again it begins with today's proposal.
    }
    return true;
  };
  // Whoever types an amount means to pay it; whoever takes it back means the proposal.
  Sheet.prototype.type = function (row, text) {
    const typed = text.trim() === '' ? null : fenOf(text);
    this.wrong.delete(row);
    if (text.trim() !== '' && typed === null) { this.wrong.set(row, text); return; }
    const was = this.on[row];
    if (was) { this.tick(row, false); }
    this.typed[row] = typed;
    if (typed === null) { this.only[row] = false; }
    if (typed !== null || was) { this.tick(row, true); }
  };

  // What the portal must be told of a row: nothing, that it goes, or its line.
  Sheet.prototype.differs = function (row) {
    const wanted = this.on[row] ? this.amount(row) : null;
    return wanted !== this.saved[row] || (this.on[row] && this.only[row] !== this.savedOnly[row]);
  };
  Sheet.prototype.line = function (row) {
    const line = { employee_id: this.ids[row], month: this.month };
    if (this.typed[row] !== null) { line.amount = yuan(this.typed[row]); }
    if (this.only[row]) { line.this_month_only = true; }
    return line;
  };
  Sheet.prototype.note = function (row) { // As it is now, it is saved.
    this.saved[row] = this.on[row] ? this.amount(row) : null;
    this.savedOnly[row] = this.on[row] && this.only[row];
  };

  // Ticks that are read anew; gives how many rows somebody else has changed meanwhile.
  Sheet.prototype.adopt = function (fresh) {
    let others = 0;
    for (let row = 0; row < this.count; row += 1) {
      const there = fresh.rowOf.get(this.ids[row]);
      if (there === undefined) { continue; }
      const ours = this.differs(row);
      const moved = this.saved[row] !== fresh.saved[there] || this.savedOnly[row] !== fresh.savedOnly[there];
      if (ours) {
        fresh.wrong.delete(there);
        fresh.tick(there, false);
        fresh.typed[there] = this.typed[row];
        fresh.only[there] = this.only[row];
        fresh.tick(there, this.on[row]);
      }
      if (this.wrong.has(row)) { fresh.wrong.set(there, this.wrong.get(row)); }
      if (moved && (!ours || fresh.differs(there))) { others += 1; }
    }
    return others;
  };

  // Rows whose proposal is another one since the draft was saved.
  Sheet.prototype.outdated = function () {
    const rows = [];
    for (let row = 0; row < this.count; row += 1) {
      if (this.on[row] && this.held[row] !== null && this.proposals[row] !== null && this.held[row] !== this.proposals[row]) { rows.push(row); }
    }
    return rows;
  };

  window.sheetData = { Sheet: Sheet, fenOf: fenOf, yuan: yuan, shown: shown, FEN_MAX: FEN_MAX };
})();
