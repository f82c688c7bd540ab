// 职工批量导入: the upload with its progress; and the page of a list that is being checked, which is opened anew when it is done.
'use strict';
(function () {
  const form = document.querySelector('[data-upload]');
  if (form) {
    const file = form.querySelector('input[type="file"]');
    const place = form.querySelector('[data-progress]');
    const bar = place.querySelector('progress');
    const said = place.querySelector('[data-said]');

    const send = function (chosen) {
      const query = new URLSearchParams({ filename: chosen.name });
      if (form.dataset.replaces) { query.set('replaces', form.dataset.replaces); }
      if (form.dataset.month) { query.set('month', form.dataset.month); }
      const xhr = new XMLHttpRequest();
      xhr.open('POST', form.dataset.upload + '?' + query);
      const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
      Object.keys(headers).forEach(function (name) { xhr.setRequestHeader(name, headers[name]); });
      xhr.setRequestHeader('Content-Type', 'application/octet-stream');
      xhr.upload.addEventListener('progress', function (event) {
        if (!event.lengthComputable) { return; }
        bar.value = Math.floor(100 * event.loaded / event.total);
        said.textContent = bar.value < 100 ? '正在上传 ' + bar.value + '%' : form.dataset.received || '上传完成，正在登记';
      });
      xhr.addEventListener('loadend', function () {
        file.disabled = false;
        file.value = ''; // The same file, corrected, may be chosen again.
        if (xhr.status >= 200 && xhr.status < 300) {
          window.location.assign(form.dataset.then + JSON.parse(xhr.responseText).id);
          return;
        }
        place.hidden = true;
        said.textContent = '';
        portal.refuse(null, xhr);
      });
      place.hidden = false;
      bar.value = 0;
      said.textContent = '正在上传 ' + chosen.name;
      file.disabled = true;
      xhr.send(chosen);
    };

    file.addEventListener('change', function () {
      const chosen = file.files[0];
      if (!chosen) { return; }
      const most = Number(file.dataset.bytesMax);
      if (chosen.size > most) {
        file.value = '';
        portal.tell('文件超过 ' + most / 1048576 + ' MB：请删除图片和无关的工作表，或分成几个文件上传。');
        return;
      }
      send(chosen);
    });
  }

  document.addEventListener('htmx:afterSwap', function () {
    if (document.querySelector('[data-checked]')) { window.location.reload(); }
  });
})();
