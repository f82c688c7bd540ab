// Runs before anything is drawn, so that a dark page never flashes white. The choice is kept in this browser.
'use strict';
(function () {
  const key = 'subsidy-theme';
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const kept = function () {
    try { return window.localStorage.getItem(key); } catch (error) { return null; }
  };
  const show = function () {
    const dark = (kept() || (system.matches ? 'dark' : 'light')) === 'dark';
    document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
    document.querySelectorAll('[data-theme-switch]').forEach(function (button) {
      button.textContent = dark ? '浅色显示' : '深色显示';
    });
  };
  show();
  system.addEventListener('change', show);
  document.addEventListener('DOMContentLoaded', show);
  document.addEventListener('click', function (event) {
    if (!event.target.closest('[data-theme-switch]')) { return; }
    const next = document.documentElement.dataset.bsTheme === 'dark' ? 'light' : 'dark';
    try { window.localStorage.setItem(key, next); } catch (error) { /* Shown for this page only. */ }
    document.documentElement.dataset.bsTheme = next;
    show();
  });
})();
