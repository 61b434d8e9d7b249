/** The texts about tokens of programs, in both languages. */
import { inBoth } from '../../shared/i18n/in-both'
import { catalogue } from '../../shared/i18n/language.svelte'

const words = inBoth({
  title: ['Programs', '程序'],
  intro: [
    'A program with a token adds and changes customers (POST /api/customer-upserts). Whoever has the token can do so until it ends. Give each program one of its own.',
    '持有令牌的程序可以新增和更改客户（POST /api/customer-upserts）。令牌到期之前，任何持有者都能这样做。请为每个程序单独创建令牌。',
  ],
  make: ['Make a token', '创建令牌'],
  opening: ['Reading the tokens…', '正在读取令牌……'],
  'none.title': ['No program has a token', '尚无程序令牌'],
  'none.say': [
    'Tokens appear here, with who made each, when it ends and when it was last used.',
    '令牌将显示在这里，包括创建人、到期时间和最近使用时间。',
  ],
  'column.name': ['Program', '程序'],
  'column.state': ['State', '状态'],
  'column.made': ['Made', '创建'],
  'column.ends': ['Ends', '到期'],
  'column.used': ['Last used', '最近使用'],
  'state.valid': ['valid', '有效'],
  'state.over': ['over', '已过期'],
  'state.revoked': ['revoked', '已撤销'],
  'made.say': ['{at} by {name}', '{at}，{name}'],
  'made.command': ['the command line', '命令行'],
  'revoked.say': ['revoked {at}', '{at} 撤销'],
  never: ['never', '从未'],
  revoke: ['Revoke', '撤销'],
  'revoke.of': ['Revoke the token of {name}', '撤销“{name}”的令牌'],
  'revoke.ask': [
    'The program is refused from its next request on. This cannot be undone; a new token can be made at any time.',
    '该程序的下一次请求起将被拒绝。此操作不可恢复，但可随时创建新令牌。',
  ],
  'make.say': ['The audit trail keeps who made it.', '创建人将记入审计。'],
  'make.name': ['Name of the program', '程序名称'],
  'make.days': ['Lasts how many days', '有效天数'],
  'make.until': ['Until {day}. At most 730 days.', '有效期至 {day}，最长 730 天。'],
  'make.most': ['From 1 to 730 days.', '1 至 730 天。'],
  'make.do': ['Make it', '创建'],
  'made.title': ['The token of {name}', '“{name}”的令牌'],
  'made.once': [
    'Copy it and give it to the program: it is not shown again. If it gets lost, revoke it and make another.',
    '请立即复制并交给该程序：令牌不会再次显示。如果遗失，请撤销并重新创建。',
  ],
  'made.token': ['Token', '令牌'],
  copy: ['Copy', '复制'],
  copied: ['Copied.', '已复制。'],
  'copied.not': [
    'The browser did not copy it. It is selected: press Ctrl+C.',
    '浏览器未能复制。内容已选中，请按 Ctrl+C。',
  ],
  'made.done': ['I have it', '我已保存'],
  failed: ['The hub did not do it. Try again.', '未能完成，请重试。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
