// Runs before anything is drawn, so that a dark page never flashes white. What a user has set stands in the page itself;
// this browser keeps a copy for the pages before the login, and for whoever's choice the server does not keep.
'use strict';
(function () {
  const root = document.documentElement;
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const names = ['scheme', 'colour', 'folded'];
  const key = function (name) { return 'subsidy-' + name; };
  const recall = function (name) {
    try { return window.localStorage.getItem(key(name)); } catch (error) { return null; }
  };
  const keep = function (name, value) {
    try { window.localStorage.setItem(key(name), value); } catch (error) { /* Shown on this page only. */ }
  };
  const paint = function () {
    const scheme = root.dataset.scheme || 'system';
    const dark = scheme === 'dark' || (scheme === 'system' && system.matches);
    root.dataset.bsTheme = dark ? 'dark' : 'light';
    document.querySelectorAll('[data-theme-switch]').forEach(function (button) {
      button.textContent = dark ? '浅色显示' : '深色显示';
    });
  };
  const choose = function (name, value) {
    root.dataset[name] = value;
    keep(name, value);
    paint();
  };
  names.forEach(function (name) {
    if (name in root.dataset) { keep(name, root.dataset[name]); return; }
    const kept = recall(name);
    if (kept) { root.dataset[name] = kept; }
  });
  paint();
  system.addEventListener('change', paint);
  document.addEventListener('DOMContentLoaded', paint);
  document.addEventListener('click', function (event) {
    if (!event.target.closest('[data-theme-switch]')) { return; }
    choose('scheme', root.dataset.bsTheme === 'dark' ? 'light' : 'dark');
  });
  window.theme = { choose: choose };
})();
