"""Sentences about attachments."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "ATTACHMENT_MISSING": Text(
        zh="缺少必需的附件“{slot}”：请选择文件并上传。",
        en='The required attachment "{slot}" is missing: please choose a file and upload it.',
    ),
    "ATTACHMENT_NOT_STORED": Text(
        zh="附件“{file}”尚未上传成功：请点击“开始上传”，提示上传成功后再提交。",
        en='The attachment "{file}" has not been stored yet: please press 开始上传 and submit once it has succeeded.',
    ),
    "ATTACHMENT_SLOT": Text(
        zh="这项业务没有名为“{slot}”的附件：请刷新页面后重新上传。",
        en='There is no attachment "{slot}" here: please reload the page and upload again.',
    ),
    "ATTACHMENT_TOO_MANY": Text(
        zh="附件“{slot}”有 {files} 个文件，最多 {limit} 个：请删除多余的文件，或合并成一个 PDF。",
        en='"{slot}" has {files} files, at most {limit} are taken: please delete some, or join them into one PDF.',
    ),
    "ATTACHMENT_TOO_MANY/all": Text(
        zh="附件共有 {files} 个文件，最多 {limit} 个：请删除多余的文件，或合并成 PDF。",
        en="There are {files} files, at most {limit} are taken: please delete some, or join them into PDFs.",
    ),
    "ATTACHMENT_EMPTY": Text(
        zh="文件是空的（0 字节）：请重新选择文件。",
        en="The file is empty (0 bytes): please choose it again.",
    ),
    "ATTACHMENT_TOO_LARGE": Text(
        zh="文件超过 {limit} MB：请降低照片或扫描的清晰度，或分成几个文件上传。",
        en="The file is larger than {limit} MB: please photograph or scan it at a lower resolution, or split it.",
    ),
    "ATTACHMENT_KIND": Text(
        zh="只接受 JPG、PNG、WebP 图片和 PDF 文件，这个文件的内容不是其中之一：请拍照、扫描或另存为 PDF 后上传。",
        en="Only JPEG, PNG and WebP pictures and PDF files are taken, and this file contains none of them: please "
        "photograph or scan it, or save it as a PDF.",
    ),
    "ATTACHMENT_KIND/heic": Text(
        zh="这是 HEIC 格式的照片，无法查看：请在手机“设置－相机－格式”中选择“兼容性最佳”后重拍，或对照片截屏后上传截图。",
        en="This is a HEIC photograph, which cannot be shown: please choose 'Most Compatible' in Settings, Camera, Formats "
        "and take it again, or upload a screenshot of it.",
    ),
    "ATTACHMENT_DAMAGED": Text(
        zh="文件已损坏或不完整，无法打开：请在本机打开确认无误后重新上传，或重新拍照、扫描。",
        en="The file is damaged or incomplete and cannot be opened: please check that it opens on your machine, or "
        "photograph or scan it again.",
    ),
    "ATTACHMENT_ENCRYPTED": Text(
        zh="PDF 文件设有密码，审核人员无法打开：请去掉密码后重新上传。",
        en="The PDF is protected by a password, so nobody can review it: please remove the password and upload it again.",
    ),
    "ATTACHMENT_PIXELS": Text(
        zh="图片过大（超过 {limit} 万像素），无法查看：请缩小图片后上传。",
        en="The picture has more than {limit} times ten thousand pixels, too many to be shown: please make it smaller.",
    ),
    "ATTACHMENT_PAGES": Text(
        zh="PDF 有 {pages} 页，最多 {limit} 页：请分成几个文件上传。",
        en="The PDF has {pages} pages, at most {limit} are taken: please split it into several files.",
    ),
    "ATTACHMENT_DIGEST": Text(
        zh="收到的文件与您选择的文件不一致（传输中损坏）：请重新上传。",
        en="What arrived is not the file that was chosen (it was damaged on its way): please upload it again.",
    ),
}
