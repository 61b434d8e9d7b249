/** The words of listening in, on a call and on texts. A part of the wallboard's catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const listeningWords = inBoth({
  'hand.show': ['In hand', '处理中'],
  'hand.title': ['In hand now', '正在处理'],
  'hand.none': ['No agent has anything in hand in your queues.', '您的队列中没有正在处理的来访。'],
  'hand.all': ['The longest first. N leads from one to the next.', '最久的在前。按 N 转到下一个。'],
  'hand.first': ['The longest {count} of {all}. N leads from one to the next.', '最久的 {count} 个，共 {all} 个。按 N 转到下一个。'],
  'hand.next': ['Next', '下一个'],
  'listen.title': ['Listen in', '旁听'],
  'listen.monitor': ['Listen', '旁听'],
  'listen.whisper': ['Whisper to the agent', '对坐席耳语'],
  'listen.barge': ['Join in', '加入'],
  'listen.take_over': ['Take the call over', '接管通话'],
  'listen.stop': ['Leave the call', '离开通话'],
  'listen.monitor.done': [
    'Your desk answers your telephone by itself. Nobody hears you.',
    '您的工作台会自动接听，没有人听得到您。',
  ],
  'listen.whisper.done': [
    'Your desk answers your telephone by itself. The agent alone hears you.',
    '您的工作台会自动接听，只有坐席听得到您。',
  ],
  'listen.barge.done': [
    'Your desk answers your telephone by itself. Everybody hears you.',
    '您的工作台会自动接听，所有人都听得到您。',
  ],
  'listen.take_over.done': ['It is yours, and on your desk.', '已归您，请看您的工作台。'],
  'listen.stop.done': ['You have left.', '您已离开。'],
  'listen.calling': [
    'Your telephone is being called. Keep your desk open: it answers.',
    '正在呼叫您的电话。请保持工作台打开，它会接听。',
  ],
  'listen.desk': ['Open your desk', '打开工作台'],
  'listen.unreached': [
    'Your telephone was not reached. Open your desk, let it use the microphone, then listen in again.',
    '未能接通您的电话。请打开工作台并允许使用麦克风，然后重新旁听。',
  ],
  'listen.over': [
    'You listen in no more: it has ended, or waits for another agent.',
    '旁听已结束：来访已结束，或正在等待其他坐席。',
  ],
  'read.monitor': ['Read along', '旁读'],
  'read.take_over': ['Take it over', '接管'],
  'read.stop': ['Leave', '离开'],
  'read.monitor.done': ['You read along. You cannot write.', '您正在旁读，不能书写。'],
  'read.whisper.done': ['What you write is for the agent alone.', '您写的内容只有坐席能看到。'],
  'read.barge.done': ['The customer sees your name and what you write.', '客户会看到您的姓名和您写的内容。'],
  'read.log': ['What is written', '对话内容'],
  'read.none': ['Nothing is written yet.', '还没有内容。'],
  'read.customer': ['Customer', '客户'],
  'read.note': ['Note', '备注'],
  'read.whispered': ['Whisper', '耳语'],
  'read.write.whisper': ['To the agent alone', '只写给坐席'],
  'read.write.barge': ['To the customer', '写给客户'],
  'read.send': ['Send', '发送'],
  'listeners.monitor': ['{name} listens in', '{name} 正在旁听'],
  'listeners.whisper': ['{name} whispers', '{name} 正在耳语'],
  'listeners.barge': ['{name} has joined', '{name} 已加入'],
  'listeners.calling': ['{name} is being called', '正在呼叫 {name}'],
  'refused.may_not_listen': [
    'The policy does not let you do this. Ask your administrator.',
    '规则不允许您这样做。请联系管理员。',
  ],
  'refused.no_softphone': [
    'You hear calls in your browser alone. Open your desk and let it use the microphone.',
    '您只能在浏览器中旁听。请打开工作台并允许使用麦克风。',
  ],
  'refused.in_another_call': [
    'Your telephone is in another call. Leave that one first.',
    '您的电话正在另一通话中。请先离开该通话。',
  ],
  'refused.in_this_call': ['You are in it already.', '您已在其中。'],
  'refused.not_listening': ['You do not listen in here. Do that first.', '您没有在旁听。请先旁听。'],
  'refused.other_way': [
    'Nothing was sent: you listen in another way by now. Choose who should read it, then send it again.',
    '未发送：您的旁听方式已改变。请选择写给谁，然后重新发送。',
  ],
  'refused.answered_later': [
    'You can join in on calls and chats alone. Whisper to the agent, or take it over.',
    '只能加入通话和聊天。请对坐席耳语，或接管。',
  ],
  'refused.wrong_channel': ['This is a call. Speak on your telephone.', '这是通话，请用电话说话。'],
  'refused.customer_gone': [
    'The customer has left the chat. Nobody would read it.',
    '客户已离开聊天，没有人会看到。',
  ],
  'refused.you_are_offline': [
    'Your own state is offline. Choose another one on your desk, then take over.',
    '您自己的状态为离线。请在工作台选择其他状态，然后接管。',
  ],
})
