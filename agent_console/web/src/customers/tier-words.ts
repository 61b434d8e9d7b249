/** The words beside the sentence that says why a customer has their tier, wherever it is shown. */
import { inBoth } from '../shared/i18n/in-both'
import { catalogue } from '../shared/i18n/language.svelte'

const words = inBoth({
  title: ['Why this tier', '等级原因'],
  away: ['The reason could not be read.', '未能读取原因。'],
  fix: ['Fix a tier', '固定等级'],
  release: ['End the fixed tier', '解除固定'],
  tier: ['Tier', '等级'],
  why: ['Why', '理由'],
  until: ['Until, if it ends', '截止时间（可空）'],
  keep: ['Fix it', '固定'],
  cancel: ['Leave it', '放弃'],
  refused: ['This was not kept. Choose a time to come, and write why in at least three letters.', '未能保存：请选择将来的时间，并写明理由（至少三个字）。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
