/** The words about supervisors who listen in: on the agent's desk, and on the supervisor's own. A part of the desk's
 * catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const listeningWords = inBoth({
  'listening.own': ['Where you listen in', '您正在旁听'],
  'listening.monitor': ['You listen in. Nobody hears you.', '您在旁听，没有人听到您。'],
  'listening.whisper': ['You whisper. The agent alone hears you.', '您在对坐席耳语，只有坐席听到您。'],
  'listening.barge': ['You have joined in. Everybody hears you.', '您已加入，所有人都听到您。'],
  'listening.calling': [
    'Your telephone is being called. This desk answers it.',
    '正在呼叫您的电话，本工作台会自动接听。',
  ],
  'listener.monitor': ['{name} reads along.', '{name} 正在旁读。'],
  'listener.whisper': ['{name} reads along, and can write to you alone.', '{name} 正在旁读，可以只写给您看。'],
  'listener.barge': ['{name} has joined, and writes to the customer too.', '{name} 已加入，也会写给客户。'],
  'message.whisper': ['{name} whispers · the customer does not see it', '{name} 的耳语 · 客户看不到'],
  'listening.monitor.text': ['You read along.', '您正在旁读。'],
  'listening.whisper.text': ['You read along, and whisper to the agent.', '您正在旁读，可对坐席耳语。'],
  'listening.barge.text': ['You have joined. The customer reads what you write.', '您已加入，客户会看到您写的内容。'],
  'listening.level': ['The call', '通话'],
  'listening.sound': ['Sound of the call you listen in on', '旁听通话的声音'],
  'listening.volume': ['Volume', '音量'],
  'listening.wallboard': ['Change or leave on the wallboard', '在监控大屏上切换或离开'],
})
