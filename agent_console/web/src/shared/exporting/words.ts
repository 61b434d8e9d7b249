/** The texts of an export of customers, in both languages. */
import { inBoth } from '../i18n/in-both'
import { catalogue } from '../i18n/language.svelte'

const words = inBoth({
  export: ['Export customers', '导出客户'],
  'export.all': [
    'All customers, in a file that the import reads again. What you may not see is left out.',
    '导出全部客户，文件可再次导入。您无权查看的内容不会导出。',
  ],
  'export.segment': [
    'The members of “{name}”, in a file that the import reads again. What you may not see is left out.',
    '导出“{name}”的成员，文件可再次导入。您无权查看的内容不会导出。',
  ],
  'export.listed': [
    'The customers listed here ({count}), in a file that the import reads again. What you may not see is left out.',
    '导出此处列出的客户（{count} 位），文件可再次导入。您无权查看的内容不会导出。',
  ],
  'export.form': ['File', '文件格式'],
  'export.sheet': [
    'Excel is written whole before it comes, and holds 1,048,575 customers at most. CSV has no limit.',
    'Excel 文件生成完毕后才开始下载，最多容纳 1,048,575 位客户；CSV 不限数量。',
  ],
  'export.too_large': [
    'This is more than a sheet of Excel holds. Choose CSV.',
    '内容超出 Excel 工作表的上限，请改用 CSV。',
  ],
  'export.reason': ['Why? The trail keeps it.', '原因（将记入审计）'],
  'export.begin': ['Export', '导出'],
  'export.going': ['Writing the file…', '正在生成文件……'],
  'export.failed': ['The hub did not write it. Try again.', '未能导出，请重试。'],
  'export.refused': ['You may not export these customers.', '您无权导出这些客户。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
