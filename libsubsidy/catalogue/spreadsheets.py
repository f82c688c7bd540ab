"""Sentences about spreadsheets that were filled in and came back."""

from collections.abc import Mapping
from typing import Final

from libsubsidy.catalogue.text import Text

TEXTS: Final[Mapping[str, Text]] = {
    "SPREADSHEET_UNREADABLE": Text(
        zh="这个文件不是可以读取的表格：请用 Excel 或 WPS 打开它，另存为“.xlsx”后重新上传。",
        en="This file is no spreadsheet that can be read: please open it with Excel or WPS, save it as .xlsx, and upload that.",
    ),
    "SPREADSHEET_LOCKED": Text(
        zh="这个表格设有打开密码：请去掉密码，保存后重新上传。",
        en="This spreadsheet is protected by a password: please remove it, save, and upload the file again.",
    ),
    "SPREADSHEET_TOO_LARGE": Text(
        zh="文件超过 {limit} MB：请删除图片和无关的工作表，或分成几个文件上传。",
        en="The file is larger than {limit} MB: please delete pictures and other sheets, or upload it in parts.",
    ),
    "SPREADSHEET_UNPACKED": Text(
        zh="文件解压后超过 {limit} MB，未读取：请把需要的行复制到新下载的模版中再上传。",
        en="Unpacked, the file is larger than {limit} MB, so it was not read: please copy the rows into a newly downloaded "
        "template and upload that.",
    ),
    "SPREADSHEET_TOO_MUCH": Text(
        zh="表格的范围太大，读取已停止：远处可能有多余的单元格。请把需要的行复制到新下载的模版中再上传。",
        en="The spreadsheet's range is too large, so reading was stopped; perhaps there are cells far away. Please copy the "
        "rows into a newly downloaded template and upload that.",
    ),
    "SPREADSHEET_SHEETS": Text(
        zh="文件有 {sheets} 个工作表，最多 {limit} 个：请删除无关的工作表后重新上传。",
        en="The file has {sheets} sheets, at most {limit} are read: please delete the others and upload it again.",
    ),
    "SPREADSHEET_ROWS": Text(
        zh="表格有 {rows} 行数据，一次最多 {limit} 行：请分成几个文件上传。",
        en="The spreadsheet has {rows} rows, at most {limit} are taken at once: please upload it in parts.",
    ),
    "SPREADSHEET_COLUMNS": Text(
        zh="表格有 {columns} 列，最多 {limit} 列：请把需要的列复制到新下载的模版中再上传。",
        en="The spreadsheet has {columns} columns, at most {limit} are read: please copy those needed into a newly "
        "downloaded template.",
    ),
    "SPREADSHEET_EMPTY": Text(
        zh="表格里没有填写任何数据：请在表头下面逐行填写，保存后重新上传。",
        en="Nothing is filled in: please fill in the rows below the header, save, and upload the file again.",
    ),
    "TEMPLATE_OTHER": Text(
        zh="这是另一种模版（{found}），不是“{title}”：请下载“{title}”，填写后上传。",
        en='This is another template ({found}), not "{title}": please download "{title}", fill it in and upload it.',
    ),
    "TEMPLATE_VERSION": Text(
        zh="这个“{title}”是第 {found} 版，现在使用第 {expected} 版：请下载新模版，把数据复制过去后上传。",
        en='This "{title}" is of version {found}, the present one is {expected}: please download the new one, copy the rows '
        "into it, and upload that.",
    ),
    "HEADERS_MISSING": Text(
        zh="没有找到“{title}”的表头，缺少的列：{headers}。请下载模版，不要改动表头，填写后上传。",
        en='The header row of "{title}" was not found; missing columns: {headers}. Please download the template and leave '
        "its header as it is.",
    ),
    "HEADER_TWICE": Text(
        zh="表头“{header}”出现了两次（{columns} 列）：请只保留一列后重新上传。",
        en='The header "{header}" stands twice (columns {columns}): please keep one of them and upload the file again.',
    ),
    "TEMPLATE_UNMARKED": Text(
        zh="这个文件不是从本系统下载的“{title}”，已按表头读取：请仔细核对读到的内容。",
        en='This file is no "{title}" that was downloaded here; it was read by its headers: please check closely what was '
        "read.",
    ),
    "COLUMNS_IGNORED": Text(
        zh="这些列不属于模版，没有读取：{headers}。如有需要的内容，请移到模版的列中后重新上传。",
        en="These columns are not of the template and were not read: {headers}. If something there is needed, please move "
        "it to the template's columns and upload the file again.",
    ),
    "ID_SCIENTIFIC/cell": Text(
        zh="电子表格把这一格当作数字（{text}），第 15 位以后的数字已经丢失，无法还原："
        "请把该列设为“文本”格式，再重新输入完整的号码。",
        en="The spreadsheet took this cell for a number ({text}); the digits after the fifteenth were lost and cannot be "
        'restored: set the column to "text" and type the whole number again.',
    ),
    "CELL_DATE": Text(
        zh="电子表格把这一格变成了日期或时间（{text}），原来填写的内容不能确定：请把该列设为“文本”格式，再重新填写。",
        en="The spreadsheet turned this cell into a date or a time ({text}), and what was typed is not certain: set the "
        'column to "text" and type it again.',
    ),
    "CELL_FORMULA": Text(
        zh="这一格是公式，文件里没有它的计算结果：请用 Excel 或 WPS 打开文件，保存后重新上传，或直接填写结果。",
        en="This cell is a formula whose result is not in the file: open the file with Excel or WPS, save it and upload it "
        "again, or type the result.",
    ),
    "CELL_TOO_LONG": Text(
        zh="这一格有 {characters} 个字，最多 {limit} 个：请缩短。",
        en="This cell has {characters} characters, at most {limit} are read: please shorten it.",
    ),
}
