/** The texts of the page of the life cycle, in both languages. */
import { inBoth } from '../shared/i18n/in-both'
import { catalogue } from '../shared/i18n/language.svelte'

const words = inBoth({
  title: ['Life cycle', '生命周期'],
  opening: ['Counting…', '正在统计……'],
  refused: ['This screen is for supervisors and administrators.', '此界面供主管和管理员使用。'],
  intro: [
    'At which stage {customers} customers are, by the rules of policy version {version}. A rule that no longer holds moves nobody by itself: the next stage has to hold.',
    '按第 {version} 版规则，{customers} 位客户所处的阶段。原规则不再成立不会移动客户，须符合下一阶段的规则。',
  ],
  asking: ['The rules have changed: {asked} of {customers} customers have been asked anew.', '规则已更改：{customers} 位客户中已重新询问 {asked} 位。'],
  'none.title': ['No stages yet', '暂无阶段'],
  'none.say': ['The policy declares no stages. Add policy.stages with a rule for each, and apply it.', '规则中未定义阶段。请为每个阶段添加规则并应用。'],
  'group.acquire': ['Acquire', '获客'],
  'group.activate': ['Activate', '促活'],
  'group.anti_attrition': ['Anti-attrition', '防流失'],
  'stage.rule': ['Rule {at}', '第 {at} 条规则'],
  unknown: ['{number} customers stand at none of these stages.', '{number} 位客户不属于以上任何阶段。'],
  'flow.title': ['Moved where, after what', '去向与原因'],
  'flow.days': ['In the last', '最近'],
  days: ['{count, plural, one {# day} other {# days}}', '{count} 天'],
  'flow.none': ['Nobody moved between stages in this time.', '此期间无人变动阶段。'],
  'flow.from': ['From', '从'],
  'flow.to': ['To', '到'],
  'flow.count': ['Customers', '客户数'],
  'flow.after': ['After what', '原因'],
  'flow.new': ['no stage', '无阶段'],
  'flow.unknown': ['not noted', '未记录'],
  'moves.title': ['Towards and away, by month', '每月升降'],
  'signs.title': ['Early signs of loss', '流失预警'],
  'signs.say': [
    'While a rule holds, the card and the desk show the sign, and the customer’s work goes ahead by its boost, also work that waits.',
    '规则成立期间，客户卡片与工作台显示预警，其工作（包括等待中的）按加速提前。',
  ],
  'moves.never': [
    'Nobody has moved within a year. Moves appear here as rules give another stage.',
    '一年内无人变动。规则更改阶段后在此显示。',
  ],
  'signs.none': ['The policy declares no early warnings.', '规则中未定义预警。'],
  'signs.name': ['Sign', '预警'],
  'signs.rule': ['Rule', '规则'],
  'signs.boost': ['Ahead by', '提前'],
  'signs.customers': ['Customers', '客户数'],
  'signs.mark': ['a mark alone', '仅标记'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
