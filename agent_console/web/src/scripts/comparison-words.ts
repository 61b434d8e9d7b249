/** The texts of the page that compares two versions of a script, in both languages. */
import { inBoth } from '../shared/i18n/in-both'
import { catalogue } from '../shared/i18n/language.svelte'

const words = inBoth({
  title: ['Comparison of {title}', '“{title}”的版本比较'],
  back: ['Back to the script', '返回脚本'],
  loading: ['Looking…', '正在查询……'],
  none: ['Nothing is compared', '没有正在进行的比较'],
  'none.say': [
    'Schedule a version in the editor first: it is the candidate. Half of the customers get it, the others what is in force.',
    '请先在编辑器中定时发布一个版本，作为候选版本：一半客户使用它，其余客户仍用现行版本。',
  ],
  plan: ['Compare version {base} with version {candidate}', '比较第 {base} 版与第 {candidate} 版'],
  'plan.say': [
    'A customer gets the same version every time. What counts is settled now and stays.',
    '同一客户每次使用同一版本。衡量标准在开始时确定，之后不变。',
  ],
  outcome: ['What counts as success', '视为成功的结果'],
  'outcome.any': ['any end of the script', '脚本走到任一结尾'],
  base_rate: ['Reached at present, in %', '目前的成功率（%）'],
  'base_rate.known': ['{reached} of {runs} in the last four weeks', '最近四周 {runs} 次中有 {reached} 次'],
  smallest: ['Smallest difference worth seeing, in points', '值得关注的最小差异（百分点）'],
  needed: [
    'Needs at least {needed} closed conversations of each version. Then a difference of this size shows with a probability of 80 %, and equal versions are told apart in at most 5 % of comparisons, however often one looks.',
    '每个版本至少需要 {needed} 次已结束的对话。达到后，这样大小的差异有八成把握显现；无论查看多少次，误判两个相同版本有差异的概率不超过 5%。',
  ],
  sentence: ['Why, in a sentence', '用一句话说明原因'],
  start: ['Start the comparison', '开始比较'],
  versions: ['Versions', '版本'],
  version: ['Version', '版本'],
  'version.base': ['Version {version}, in force', '第 {version} 版（现行）'],
  'version.candidate': ['Version {version}, candidate', '第 {version} 版（候选）'],
  assigned: ['Customers', '客户数'],
  runs: ['Closed', '已结束'],
  reached: ['Success', '成功'],
  share: ['Share', '占比'],
  'verdict.too_few': [
    'Not enough is known yet: {runs} of {needed} conversations of each version.',
    '尚不足以判断：每个版本需要 {needed} 次对话，目前为 {runs} 次。',
  ],
  'verdict.better': [
    'Version {version} does better: between {low} and {high} points more.',
    '第 {version} 版更好：高出 {low} 至 {high} 个百分点。',
  ],
  'verdict.worse': [
    'Version {version} does worse: between {low} and {high} points less.',
    '第 {version} 版更差：低了 {low} 至 {high} 个百分点。',
  ],
  'verdict.no_difference': [
    'No difference shows after {runs} conversations of each version. It is between {low} and {high} points.',
    '每个版本已有 {runs} 次对话，未见差异。差异介于 {low} 与 {high} 个百分点之间。',
  ],
  'verdict.uneven': [
    'The halves are not even: {base} customers and {candidate}. Chance does not do this, so the figures below are not to be trusted. Ask whoever runs the hub.',
    '两组客户数不均：{base} 与 {candidate}，不是偶然所致，下面的数据不可信。请联系系统管理员。',
  ],
  interrupted: [
    'Another version was published, or the script was retired: nobody is assigned any more. End the comparison.',
    '期间发布了其他版本，或脚本已停用，不再分配客户。请结束比较。',
  ],
  interval: ['Difference in points, candidate minus in force', '差异（百分点）：候选减现行'],
  'interval.say': ['Between {low} and {high} points', '介于 {low} 与 {high} 个百分点之间'],
  'interval.legend': [
    'The bar holds the true difference at every look so far (95 %). Marked: no difference, and the smallest one worth seeing.',
    '横条在历次查看中始终包含真实差异（95%）。标出的是零差异和值得关注的最小差异。',
  ],
  word: ['A word on the end', '结束说明'],
  publish: ['Publish version {version}', '发布第 {version} 版'],
  keep: ['Keep version {version}', '保留第 {version} 版'],
  'end.say': ['Conversations under way keep the version with which they began.', '进行中的对话仍使用开始时的版本。'],
  before: ['Before', '以往的比较'],
  'started': ['Begun by {name}, {at}', '{name} 于 {at} 开始'],
  'ended.published': ['Version {version} was published by {name}, {at}', '{name} 于 {at} 发布了第 {version} 版'],
  'ended.kept': ['Version {version} was kept by {name}, {at}', '{name} 于 {at} 保留了第 {version} 版'],
  'problem.no_candidate': ['No version is scheduled: schedule the candidate first.', '没有待生效的版本：请先定时发布候选版本。'],
  'problem.no_base': ['Nothing is in force in the candidate’s language.', '候选版本的语言没有现行版本。'],
  'problem.versions_differ': ['The languages have different version numbers: make them the same.', '各语言的版本号不一致，请先统一。'],
  'problem.runs_already': ['A comparison of this script runs already.', '此脚本已有正在进行的比较。'],
  'problem.outcome': ['Both versions must have this outcome.', '两个版本都须包含此结果。'],
  'problem.too_small': ['More than 50,000 conversations would be needed, which are not counted. Choose a larger difference.', '需要的对话超过 50,000 次，无法统计。请选择更大的差异。'],
  'problem.state': ['The comparison has ended already.', '比较已结束。'],
  'problem.other_scheduled': ['Another version is scheduled: take it back first.', '另有版本待生效，请先取消。'],
  'problem.interrupted': ['The version that it was compared with is no longer in force. It can only be kept as it is.', '比较所用的现行版本已被替换，只能保留现状。'],
  'problem.server': ['That did not work. Try again in a moment.', '操作未成功，请稍后再试。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
