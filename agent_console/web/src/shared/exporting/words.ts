/** The texts of an export of customers, in both languages. */
import { inBoth } from '../i18n/in-both'
import { catalogue } from '../i18n/language.svelte'

const words = inBoth({
  export: ['Export customers', '导出客户'],
  'export.all': [
    'All customers as CSV, which the import reads again. What you may not see is left out.',
    '将全部客户导出为 CSV，可再次导入。您无权查看的内容不会导出。',
  ],
  'export.segment': [
    'The members of “{name}” as CSV, which the import reads again. What you may not see is left out.',
    '将“{name}”的成员导出为 CSV，可再次导入。您无权查看的内容不会导出。',
  ],
  'export.reason': ['Why? The trail keeps it.', '原因（将记入审计）'],
  'export.begin': ['Export', '导出'],
  'export.going': ['Writing the file…', '正在生成文件……'],
  'export.failed': ['The hub did not write it. Try again.', '未能导出，请重试。'],
  'export.refused': ['You may not export these customers.', '您无权导出这些客户。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
