/** The texts of the page of practice, in both languages. */
import { inBoth } from '../shared/i18n/in-both'
import { catalogue } from '../shared/i18n/language.svelte'

const words = inBoth({
  title: ['Practice', '练习'],
  refused: ['This screen is for those who talk with customers, and for authors.', '此界面供坐席、主管和脚本作者使用。'],
  intro: [
    'A simulated customer, and a script as you have it at the desk. No customer hears this, nothing is kept, and it stands in no report.',
    '与模拟客户对练，脚本与工作台上的一致。不涉及真实客户，不保存任何内容，也不计入报表。',
  ],
  mark: ['Practice', '练习模式'],
  opening: ['Looking…', '正在查询……'],
  script: ['Script', '脚本'],
  customer: ['Customer', '模拟客户'],
  'script.line': ['{title} ({language})', '{title}（{language}）'],
  again: ['Call again', '再来一次'],
  away: ['The hub cannot be reached. Try again in a moment.', '无法连接系统，请稍后再试。'],
  over: ['That was it. Call again, and the customer takes another way.', '本次练习结束。再来一次，客户会有不同的反应。'],
  not_here: ['Practice cannot do this.', '练习中无法执行此操作。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
