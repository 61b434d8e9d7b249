/** The words of a customer's consents, wherever they are shown. */
import { inBoth } from '../../shared/i18n/in-both'
import { catalogue } from '../../shared/i18n/language.svelte'

const words = inBoth({
  title: ['Agrees to', '授权同意'],
  service: ['Service', '服务'],
  marketing: ['Marketing', '营销'],
  recording: ['Recording', '录音'],
  page_trail: ['Page trail', '浏览记录'],
  'state.given': ['yes', '同意'],
  'state.withdrawn': ['no', '已撤回'],
  'state.asked': ['asked, no answer', '已询问，未答复'],
  'state.ran_out': ['ran out', '已过期'],
  'state.silent': ['nothing said', '未表态'],
  'state.silent.allowed': ['allowed', '默认允许'],
  chip: ['{purpose} {state}, at {address}', '{purpose} {state}，{address}'],
  until: ['until {day}', '有效期至{day}'],
  'history.none': ['Nothing was said about it yet.', '尚无记录。'],
  'act.given': ['Agreed', '同意'],
  'act.withdrawn': ['Taken back', '撤回'],
  'act.asked': ['Asked', '询问'],
  'act.void': ['Counts no more, the import was taken back', '已失效（导入已撤回）'],
  'source.agent': ['noted by {by}', '由{by}记录'],
  'source.widget': ['in the chat window', '在聊天窗口'],
  'source.stop_word': ['wrote STOP', '发送了退订'],
  'source.start_word': ['wrote START', '发送了订阅'],
  'source.provider': ['told by the provider', '由服务商告知'],
  'source.script': ['asked by a script ({by})', '话术询问（{by}）'],
  'source.import': ['from an import', '来自导入'],
  'source.api': ['from another system', '来自其他系统'],
  'text.version': ['text {version}, {language}', '文本 {version}，{language}'],
  ask: ['Say: {text}', '请说：{text}'],
  said: ['How did you hear it?', '从何得知？'],
  give: ['The customer agrees', '客户同意'],
  take_back: ['The customer takes it back', '客户撤回'],
  failed: ['What the customer agrees to could not be read.', '无法读取客户的授权同意。'],
  again: ['Try again', '重试'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
export type ConsentWord = keyof typeof words.en
