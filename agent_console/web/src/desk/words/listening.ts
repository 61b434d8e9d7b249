/** The words about supervisors who listen in: on the agent's desk, and on the supervisor's own. A part of the desk's
 * catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const listeningWords = inBoth({
  'listening.own': ['Where you listen in', '您正在旁听'],
  'listening.monitor': ['You listen in. Nobody hears you.', '您在旁听，没有人听到您。'],
  'listening.whisper': ['You whisper. The agent alone hears you.', '您在对坐席低语，只有坐席听到您。'],
  'listening.barge': ['You have joined in. Everybody hears you.', '您已加入，所有人都听到您。'],
  'listening.calling': ['Your telephone is being called. This desk answers it.', '正在呼叫您的电话，本工作台会自动接听。'],
  'listening.wallboard': ['Change or leave on the wallboard', '在看板上切换或离开'],
})
