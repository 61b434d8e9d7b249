/** The texts of the pages with a script's figures, in both languages. */
import { inBoth } from '../shared/i18n/in-both'
import { catalogue } from '../shared/i18n/language.svelte'

const words = inBoth({
  'figures.title': ['Figures of {title}', '“{title}”的数据'],
  'figures.back': ['Back to the script', '返回脚本'],
  'figures.since': ['From', '从'],
  'figures.until': ['To', '到'],
  'figures.version': ['Version', '版本'],
  'figures.version.one': ['Version {version}', '第 {version} 版'],
  'figures.outcome': ['Counts as success', '视为成功的结果'],
  'figures.outcome.finished': ['any end of the script', '脚本走到任一结尾'],
  'figures.loading': ['Counting…', '正在统计……'],
  'figures.none': ['No conversation with this script began on these days.', '这段时间没有对话使用过此脚本。'],
  'figures.too_many': ['These days have more than 20,000 runs. Choose fewer days.', '这段时间超过 20,000 次使用，请缩短时间范围。'],
  'figures.invalid': ['Choose two days of the calendar.', '请选择起止日期。'],
  'figures.sum': [
    '{runs, plural, one {# conversation} other {# conversations}} used it; {finished} of them ({share} %) reached an end.',
    '共使用 {runs} 次，其中 {finished} 次（{share}%）走到结尾。',
  ],
  'figures.under_way': [
    '{count, plural, one {# more is} other {# more are}} under way and not counted yet.',
    '另有 {count} 次仍在进行中，暂未计入。',
  ],
  'figures.counted': [
    'Counted are conversations that are closed, with tier and segments as they were then. Practice and previews never count.',
    '仅统计已结束的对话，客户等级和客群以当时为准；练习和预览不计入。',
  ],
  'figures.graph': ['Flow with figures', '带数据的流程图'],
  'figures.graph.say': [
    'Flow of the script. Every number in it also stands in the table of steps.',
    '脚本流程图，其中的数字均列于下方的步骤表。',
  ],
  'figures.legend': [
    'In a step: runs that reached it, and the median time there. The wider a way, the more runs took it. Striped: the share that ended there unfinished.',
    '步骤内：到达次数和停留时间中位数；路径越宽，走过的次数越多；条纹：在此中断的比例。',
  ],
  'figures.end': ['End', '结束'],
  'figures.no_graph': ['The text of this version cannot be read any more.', '无法再读取这一版的文本。'],
  'steps.title': ['Steps', '步骤'],
  'steps.step': ['Step', '步骤'],
  'steps.reached': ['Reached', '到达'],
  'steps.dropped': ['Ended here', '在此中断'],
  'steps.median': ['Time, median', '停留中位数'],
  'steps.p90': ['Time, 9 in 10 within', '九成不超过'],
  'steps.notes': ['From the floor', '一线反馈'],
  'outcomes.title': ['Outcomes', '结果'],
  'outcomes.name': ['Outcome', '结果'],
  'outcomes.runs': ['Conversations', '次数'],
  'outcomes.share': ['Share', '占比'],
  'tiers.title': ['By tier', '按客户等级'],
  'tiers.name': ['Tier', '等级'],
  'segments.title': ['By segment', '按客群'],
  'segments.name': ['Segment', '客群'],
  'segments.say': ['A customer may be in several segments, so these do not add up.', '同一客户可能属于多个客群，各行相加不等于总数。'],
  'groups.success': ['Success', '成功'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
