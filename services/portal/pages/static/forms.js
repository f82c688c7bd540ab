// Forms that send JSON to the API, and show what it refuses where it was typed.
//
//   <form hx-post="/api/v1/…" hx-ext="json" hx-swap="none" data-then="/employer/openings/{id}" data-done="已提交">
//
// Names with dots nest: `employer.name`, `rows.0.mobile`; rows whose numbers have gaps move together. `data-type` of a
// field is integer, boolean, money (blanks and separators of thousands go) or list (always an array, also of none or one);
// what is `data-optional` and empty is left out; of what must not be empty and is, `data-lacking` may say so. After success
// `data-done` is said and `data-then` opened; `{id}` in it is the answer's. A violation with a pointer is shown at the field
// of that name, or at what has it as `data-field`; all of them stand in the form's `[data-problems]`, in what its
// `data-problem` selects, or in the notice at the foot of the page, which goes once what it speaks of has succeeded.
// Nobody leaves a changed form unasked, unless it is `data-unguarded`; what is gathered without being typed says so by
// `portal.guard`. Others may listen to `portal:done` and `portal:refused` (which they may prevent), and use `portal.send`,
// `portal.key`, `portal.changed`, `portal.refuse`, `portal.wrong`, `portal.clear`, `portal.money`, `portal.tell` and
// `portal.json`.
'use strict';
(function () {
  const LISTED_MAX = 20;
  // Of all that outlives its page a browser takes 64 KiB, of up to three bytes for each character; more it does not send at all.
  const KEPT_ALIVE_CHARACTERS = 16384;
  const GUARDED = 'form[hx-post], form[hx-put], form[hx-patch], form[data-guarded]';
  const element = portal.element;
  const places = new WeakMap(); // Of a form: the name of the field for each pointer of what was sent last.
  const attempts = new WeakMap(); // Of a form: what was sent last without any answer, and under which key.
  const changed = new Set();
  let serial = 0;
  let sent = 0;
  let told = null; // What the notice at the foot speaks of, and after how much was sent.

  // From fields to JSON --------------------------------------------------------------------------------------------------
  // A comma that does not stand before three digits may be meant as the decimal point: the API is to refuse that.
  const money = function (value) {
    const plain = value.normalize('NFKC').replace(/[\s¥]/g, '');
    return /^\d{1,3}(,\d{3})+(\.\d*)?$/.test(plain) ? plain.replace(/,/g, '') : plain;
  };

  const typed = function (field, value) {
    const type = field ? field.dataset.type : '';
    const text = type === 'money' ? money(value) : value;
    if (text === '' && (type === 'integer' || (field && 'optional' in field.dataset))) { return undefined; }
    if (type === 'integer' && /^\s*-?\d+\s*$/.test(text)) { return Number(text); }
    if (type === 'boolean') { return text === 'true' || text === 'on'; }
    return text; // The API says what is wrong with a number that is none.
  };

  const grow = function (tree, name) {
    const steps = name.split('.');
    const last = steps.pop();
    const branch = steps.reduce(function (at, step) {
      if (!(at.get(step) instanceof Map)) { at.set(step, new Map()); }
      return at.get(step);
    }, tree);
    if (!branch.has(last)) { branch.set(last, { name: name, list: false, values: [] }); }
    return branch.get(last);
  };

  const ripe = function (node, pointer, where) {
    if (!(node instanceof Map)) {
      where.set(pointer, node.name);
      return node.list ? node.values : node.values[node.values.length - 1];
    }
    const steps = Array.from(node.keys());
    if (steps.length && steps.every(function (step) { return /^\d+$/.test(step); })) {
      steps.sort(function (one, other) { return one - other; });
      return steps.map(function (step, index) { return ripe(node.get(step), pointer + '/' + index, where); });
    }
    const grown = {};
    steps.forEach(function (step) { grown[step] = ripe(node.get(step), pointer + '/' + step, where); });
    return grown;
  };

  const json = function (parameters, form) {
    const fields = new Map();
    const tree = new Map();
    Array.from(form ? form.elements : []).forEach(function (field) {
      if (!field.name || field.disabled) { return; }
      if (!fields.has(field.name)) { fields.set(field.name, field); }
      if (field.dataset.type === 'list') { grow(tree, field.name).list = true; }
      if (field.dataset.type === 'boolean' && field.type === 'checkbox') { grow(tree, field.name).values = [false]; }
    });
    parameters.forEach(function (value, name) {
      const field = fields.get(name);
      if (typeof value !== 'string') { return; } // A file goes its own way.
      const read = typed(field, value);
      if (read !== undefined) { grow(tree, name).values.push(read); }
    });
    const where = new Map();
    const body = ripe(tree, '', where);
    if (form) { places.set(form, where); }
    return body;
  };

  // Whoever sends the same again after silence may have been heard the first time: the key tells the API.
  const key = function (form, body) {
    const last = attempts.get(form);
    if (last && last.body === body) { return last.key; }
    const fresh = Array.from(window.crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return byte.toString(16).padStart(2, '0');
    }).join('');
    attempts.set(form, { body: body, key: fresh });
    return fresh;
  };

  htmx.defineExtension('json', {
    onEvent: function (name, event) {
      if (name === 'htmx:configRequest') { event.detail.headers['Content-Type'] = 'application/json'; }
    },
    encodeParameters: function (xhr, parameters, elt) {
      xhr.overrideMimeType('text/json');
      const form = elt.closest('form');
      const body = json(parameters, form);
      const text = Object.keys(body).length ? JSON.stringify(body) : null;
      if (form) { xhr.setRequestHeader('Idempotency-Key', key(form, text)); }
      return text;
    }
  });

  // What is wrong, where it is wrong -----------------------------------------------------------------------------------
  const labelOf = function (field) {
    const label = field.labels && field.labels[0];
    const text = field.getAttribute('aria-label') || (label ? label.textContent : '');
    return text.replace(/\s+/g, ' ').replace(/必填/, '').trim();
  };

  const fieldAt = function (form, pointer) {
    const where = places.get(form) || new Map();
    const steps = pointer.split('/');
    for (; steps.length > 1; steps.pop()) {
      const at = steps.join('/');
      const name = where.get(at) || steps.slice(1).join('.');
      const found = Array.from(form.elements).find(function (field) {
        return field.name === name && field.type !== 'hidden';
      });
      const place = found || form.querySelector('[data-field="' + CSS.escape(name) + '"]');
      if (place) { return place; }
    }
    return null;
  };

  const unmark = function (field) {
    const told = document.getElementById(field.dataset.told || '');
    if (told) { told.hidden = true; told.textContent = ''; }
    field.removeAttribute('aria-invalid');
    field.classList.remove('is-invalid');
    delete field.dataset.told;
  };

  const mark = function (form, field, text) {
    let told = document.getElementById(field.dataset.told || '');
    if (!told) {
      told = form.querySelector('[data-problem-of="' + CSS.escape(field.name || field.dataset.field) + '"]');
      if (!told) {
        told = element('p', '', 'field-problem');
        (field.closest('.input-group, .form-check') || field).after(told);
      }
      told.id = told.id || 'told-' + (serial += 1);
      field.dataset.told = told.id;
      const described = (field.getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
      if (!described.includes(told.id)) { field.setAttribute('aria-describedby', described.concat(told.id).join(' ')); }
    }
    told.textContent += (told.textContent ? '\n' : '') + text;
    told.hidden = false;
    field.setAttribute('aria-invalid', 'true');
    field.classList.add('is-invalid');
  };

  const clear = function (form) {
    form.querySelectorAll('[data-told]').forEach(unmark);
    const place = placeOf(form);
    if (place) { place.hidden = true; }
  };

  const placeOf = function (form) {
    return (form && (form.querySelector('[data-problems]') || document.querySelector(form.dataset.problem || '#problem'))) ||
      document.getElementById('problem');
  };

  const closing = function (place) {
    const close = element('button', '关闭', 'btn btn-sm');
    close.type = 'button';
    close.addEventListener('click', function () { place.hidden = true; });
    return close;
  };

  // Each of `found` is a text and, perhaps, a field; `of` is the request that they are of, if they are of one.
  const tell = function (form, found, total, of) {
    const place = placeOf(form);
    if (!place) { return; }
    place.replaceChildren();
    if (found.length === 1) {
      place.append(element('p', (found[0].field ? labelOf(found[0].field) + '：' : '') + found[0].text));
    } else {
      place.append(element('p', '有 ' + total + ' 处需要更正' + (total > LISTED_MAX ? '，先列出 ' + LISTED_MAX + ' 处' : '') + '：'));
      const list = element('ul');
      found.slice(0, LISTED_MAX).forEach(function (each) {
        const item = element('li');
        const label = each.field ? labelOf(each.field) : '';
        if (each.field && each.field.id) {
          const link = element('a', (label ? label + '：' : '') + each.text);
          link.href = '#' + each.field.id;
          link.addEventListener('click', function (event) { event.preventDefault(); reach(each.field); });
          item.append(link);
        } else {
          item.textContent = (label ? label + '：' : '') + each.text;
        }
        list.append(item);
      });
      place.append(list);
    }
    if (place.classList.contains('problem')) {
      place.append(closing(place));
      told = { of: of, after: Infinity };
    }
    place.hidden = false;
  };
  // Done again, and with success; what spoke of nothing that was sent goes with what somebody has pressed for after it.
  document.addEventListener('click', function () { if (told) { told.after = Math.min(told.after, sent); } }, true);
  const over = function (what, number) {
    if (!told || (told.of ? told.of !== what : number <= told.after)) { return; }
    told = null;
    document.getElementById('problem').hidden = true;
  };

  const reach = function (field) {
    for (let folded = field.closest('details:not([open])'); folded; folded = folded.parentElement.closest('details:not([open])')) {
      folded.open = true;
    }
    field.focus();
  };

  const show = function (form, found, total, of) {
    if (form) { clear(form); }
    found.forEach(function (each) { if (each.field) { mark(form, each.field, each.text); } });
    tell(form, found, total, of);
    const first = found.find(function (each) { return each.field; });
    const place = placeOf(form);
    if (first) {
      reach(first.field);
    } else if (place && form && form.contains(place)) {
      place.tabIndex = -1;
      place.focus();
    }
  };

  // Shows an answer that is no success, of an XMLHttpRequest or of whoever has read one.
  const refuse = function (form, xhr) {
    const of = xhr.of || form;
    if (!xhr.status) { return show(form, [{ text: '网络不通，没有得到答复：请检查网络后再提交一次，不会重复办理。' }], 1, of); }
    let problem = null;
    try { problem = JSON.parse(xhr.responseText); } catch (error) { /* A proxy's page, perhaps. */ }
    if (!problem || !problem.violations) { return show(form, [{ text: '系统出错（' + xhr.status + '）：请稍后重试。' }], 1, of); }
    const event = new CustomEvent('portal:refused', {
      bubbles: true, cancelable: true, detail: { status: xhr.status, problem: problem }
    });
    if (!(form || document).dispatchEvent(event)) { return undefined; }
    const found = problem.violations.map(function (each) {
      return { text: each.zh, field: form && each.pointer ? fieldAt(form, each.pointer) : null };
    });
    return show(form, found, problem.violations_total || found.length, of);
  };

  // Before it is sent ----------------------------------------------------------------------------------------------------
  const lacking = function (field) {
    const state = field.validity;
    if (state.valueMissing && field.dataset.lacking) { return field.dataset.lacking; }
    if (state.valueMissing) { return (/^(select-one|checkbox|radio|month|date)$/.test(field.type) ? '请选择' : '请填写') + (labelOf(field) || '此项') + '。'; }
    if (state.tooShort) { return '至少要有 ' + field.minLength + ' 个字符，现在是 ' + field.value.length + ' 个：请补充。'; }
    if (field.title && (state.patternMismatch || state.typeMismatch || state.badInput)) { return field.title; }
    return field.validationMessage;
  };
  const busy = function (form) { return form.getAttribute('aria-busy') === 'true'; };

  // Everything that is missing is told at once, in the same place as what the API refuses; and nothing goes out twice.
  document.addEventListener('submit', function (event) {
    const form = event.target;
    if (!form.matches('[hx-ext~="json"]')) { return; }
    const button = event.submitter;
    const unchecked = button && button.formNoValidate;
    const wrong = unchecked ? [] : Array.from(form.elements).filter(function (field) {
      return field.willValidate && !field.validity.valid;
    });
    if (busy(form) || wrong.length) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (wrong.length) {
      show(form, wrong.map(function (field) { return { text: lacking(field), field: field }; }), wrong.length);
    }
  }, true);
  const unvalidated = function () {
    document.querySelectorAll('form[hx-ext~="json"]').forEach(function (form) { form.noValidate = true; });
  };
  document.addEventListener('DOMContentLoaded', unvalidated);
  document.addEventListener('htmx:load', unvalidated);

  const formOf = function (event) {
    const form = event.detail.elt.closest('form');
    return form && event.detail.requestConfig.verb !== 'get' ? form : null;
  };
  document.addEventListener('htmx:beforeRequest', function (event) {
    const form = formOf(event);
    if (form) { form.setAttribute('aria-busy', 'true'); }
  });

  // After it was sent ----------------------------------------------------------------------------------------------------
  const answerOf = function (xhr) {
    try { return JSON.parse(xhr.responseText) || {}; } catch (error) { return {}; }
  };
  const lead = function (form, answer) {
    const path = form.dataset.then.replace(/\{(\w+)\}/g, function (_, name) { return encodeURIComponent(answer[name]); });
    if (form.dataset.done) { portal.sayNext(form.dataset.done); }
    window.location.assign(path);
  };

  document.addEventListener('htmx:afterRequest', function (event) {
    const form = formOf(event);
    if (!form) { return; }
    const xhr = event.detail.xhr;
    const section = form.closest('.section');
    const done = event.detail.successful;
    if (xhr.status && xhr.status < 500) { attempts.delete(form); }
    if (done) {
      changed.delete(form);
      clear(form);
      const answer = answerOf(xhr);
      form.dispatchEvent(new CustomEvent('portal:done', { bubbles: true, detail: answer }));
      if (form.dataset.then) { return lead(form, answer); } // Still busy: nothing is sent while the page changes.
      if (form.dataset.done) { portal.say(form.dataset.done); }
    }
    form.removeAttribute('aria-busy');
    if (!done) { refuse(form, xhr); }
    if (section && (done || xhr.status === 409 || section.dataset.stale)) {
      delete section.dataset.stale;
      section.querySelectorAll('details[open]').forEach(function (each) { each.open = false; });
      htmx.trigger(section, 'refresh');
    }
    return undefined;
  });
  // Whoever comes back by the browser's own button finds the form usable.
  window.addEventListener('pageshow', function (event) {
    if (!event.persisted) { return; }
    document.querySelectorAll('form[aria-busy]').forEach(function (form) { form.removeAttribute('aria-busy'); });
  });

  // What was typed ---------------------------------------------------------------------------------------------------------
  document.addEventListener('input', function (event) {
    const field = event.target;
    if (field.dataset && field.dataset.told) { unmark(field); }
    const form = field.form;
    if (form && form.matches(GUARDED) && !('unguarded' in form.dataset) &&
        (!form.closest('.entrance') || 'guarded' in form.dataset)) { changed.add(form); }
  });
  document.addEventListener('reset', function (event) { changed.delete(event.target); clear(event.target); });
  window.addEventListener('beforeunload', function (event) {
    if (Array.from(changed).some(function (form) { return form.isConnected && !busy(form); })) { event.preventDefault(); }
  });

  // Sends JSON without a form, what is short even from a page that is being left; gives a promise of the answer's JSON, which
  // fails with the status and the text of what was refused. `more` headers may go with it, such as an Idempotency-Key.
  const send = function (method, path, body, more) {
    const headers = Object.assign(JSON.parse(document.body.getAttribute('hx-headers') || '{}'), more);
    const how = { method: method, headers: headers, keepalive: true };
    const of = method + ' ' + path;
    const number = sent += 1;
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
      how.body = JSON.stringify(body);
      how.keepalive = how.body.length <= KEPT_ALIVE_CHARACTERS;
    }
    return fetch(path, how).catch(function () { throw { status: 0, responseText: '', of: of }; }).then(function (response) {
      return response.text().then(function (text) {
        if (!response.ok) { throw { status: response.status, responseText: text, of: of }; }
        over(of, number);
        return answerOf({ responseText: text });
      });
    });
  };

  Object.assign(portal, {
    guard: function (form) { changed.add(form); },
    changed: function () { return Array.from(changed).some(function (form) { return form.isConnected; }); },
    send: send,
    key: key,
    money: money,
    refuse: refuse,
    wrong: function (form, field, text) { show(form, [{ text: text, field: field }], 1); },
    clear: clear,
    json: function (form) { return json(new FormData(form), form); },
    tell: function (text) { show(null, [{ text: text }], 1); }
  });
})();
