/** The words for each kind of fact in a transcript. A part of the desk's catalogue. */
import type { Everything } from '../../generated/wire'
import { inBoth } from '../../shared/i18n/in-both'

/** A kind without words does not compile, nor do words without their kind. Some have more than one text. */
export type FactKey =
  | `fact.${Everything['fact']}`
  | 'fact.entered.call'
  | 'fact.entered.chat'
  | 'fact.assigned.overridden'
  | 'fact.boosted.back'
  | 'fact.called_out.bare'
  | 'fact.called_out.waiting'
  | 'fact.called_out.bare.waiting'
  | 'fact.line_change_failed.hold_on'
  | 'fact.line_change_failed.hold_off'
  | `fact.line_change_failed.${'hold' | 'mute'}_${'on' | 'off'}.party`
  | 'fact.party_joined.text'
  | 'fact.party_joined.text.barge'
  | 'fact.party_left.text'
  | 'fact.proposal_later.day'
  | 'fact.other'

export const factWords = inBoth<FactKey>({
  'fact.entered': ['{channel}: a message came in for {queue}.', '{channel}：消息进入{queue}。'],
  'fact.entered.call': ['A call came in for {queue}.', '来电进入{queue}。'],
  'fact.entered.chat': ['A chat began, for {queue}.', '聊天进入{queue}。'],
  'fact.accepted': ['Accepted by {author} after {time} in {queue}.', '{author} 已接受，在{queue}等候 {time}。'],
  'fact.offer_declined': ['{author} declined the offer.', '{author} 拒绝了来访。'],
  'fact.offer_expired': ['{author} did not answer the offer.', '{author} 未接听来访。'],
  'fact.offer_agent_lost': [
    "{author}'s desk lost its connection. The interaction waits in the queue again.",
    '{author} 的工作台断开，来访回到队列。',
  ],
  'fact.customer_returned': ['The customer came back.', '客户回来了。'],
  'fact.customer_left': ['The customer left.', '客户离开了。'],
  'fact.menu_chosen': ['In the menu, the customer chose {key}: {choice}.', '客户在语音菜单中选择了{key}：{choice}。'],
  'fact.menu_left': ['The menu did not understand the customer.', '语音菜单未能理解客户的选择。'],
  'fact.missed': [
    'The customer called while the hub could not be reached, and hung up after {time}.',
    '系统无法接通期间客户来过电话，{time}后挂断。',
  ],
  'fact.came_late': [
    'The customer had been on the line for {time} while the hub could not be reached.',
    '系统无法接通期间，客户已在线上等候{time}。',
  ],
  'fact.agent_line_failed': [
    'The agent could not be connected: {why} The customer waits again, at the same place in the queue.',
    '未能接通坐席：{why}客户在原来的位置继续等候。',
  ],
  'fact.agent_line_lost': [
    'The line of {author} was lost. The customer stays in the call, and {author} is called again.',
    '{author} 的线路断开。客户仍在通话中，正在重新呼叫 {author}。',
  ],
  'fact.agent_page_still': [
    'The page of {author} stands still. The customer hears that they are asked to wait, until it moves again.',
    '{author} 的页面没有响应。客户正听到请稍候的提示，直到页面恢复。',
  ],
  'fact.agent_line_back': ['{author} is back in the call.', '{author} 已回到通话。'],
  'fact.customer_named': ['{author} noted that this is {name}.', '{author} 注明对方是 {name}。'],
  'fact.consent_asked': [
    'The customer was asked about {purpose} for {address}.',
    '已就{address}询问客户：{purpose}。',
  ],
  'fact.consent_given': ['The customer agrees to {purpose} at {address}.', '客户同意{address}用于{purpose}。'],
  'fact.consent_withdrawn': [
    'The customer no longer agrees to {purpose} at {address}.',
    '客户撤回同意：{address}不再用于{purpose}。',
  ],
  'fact.ended': ['Conversation ended.', '对话已结束。'],
  'fact.held': ['Put on hold by {author}.', '{author} 保持了通话。'],
  'fact.resumed': ['Taken back from hold by {author}.', '{author} 恢复了通话。'],
  'fact.line_change_failed': [
    'The phone provider did not change the line. Try again.',
    '电话服务商未能完成操作，请重试。',
  ],
  'fact.line_change_failed.hold_on': [
    'The customer could not be put on hold, and hears everybody. Try again.',
    '未能保持通话，客户仍能听到各方。请重试。',
  ],
  'fact.line_change_failed.hold_off': [
    'The customer could not be taken back from hold, and still hears music. Try again.',
    '未能恢复通话，客户仍在听等待音乐。请重试。',
  ],
  'fact.line_change_failed.hold_on.party': [
    '{who} could not be put on hold, and hears everybody. Try again.',
    '未能让 {who} 等待，对方仍能听到各方。请重试。',
  ],
  'fact.line_change_failed.hold_off.party': [
    '{who} could not be taken back from hold, and still hears music. Try again.',
    '未能恢复与 {who} 的通话，对方仍在听等待音乐。请重试。',
  ],
  'fact.line_change_failed.mute_on.party': [
    '{who} could not be muted, and is still heard. Try again.',
    '未能将 {who} 静音，对方仍能被听到。请重试。',
  ],
  'fact.line_change_failed.mute_off.party': ['{who} is still muted. Try again.', '{who} 仍处于静音状态。请重试。'],
  'fact.script_action_done': ['{author}, by the script: {label}.', '{author} 按脚本执行：{label}。'],
  'fact.script_action_failed': [
    '{author}, by the script: {label}. It was not done. {cause}',
    '{author} 按脚本执行：{label}，未成功。{cause}',
  ],
  'fact.script_continued': [
    '{author} went on with the script “{title}” where it was left before.',
    '{author} 从上次中断处继续脚本“{title}”。',
  ],
  'fact.proposal_accepted': ['The customer accepted “{title}”, noted by {author}.', '客户接受了“{title}”，由 {author} 记录。'],
  'fact.proposal_declined': ['The customer declined “{title}”, noted by {author}.', '客户婉拒了“{title}”，由 {author} 记录。'],
  'fact.proposal_later': ['“{title}”: the customer said later, noted by {author}.', '“{title}”：客户表示以后再说，由 {author} 记录。'],
  'fact.proposal_later.day': [
    '“{title}”: the customer wants to hear of it again on {day}, noted by {author}.',
    '“{title}”：客户希望 {day} 再谈，由 {author} 记录。',
  ],
  'fact.script_picked': ['{author} changed to the script “{title}”.', '{author} 改用脚本“{title}”。'],
  'fact.transferred': ['{author} transferred it from {from} to {to}.', '{author} 将其从{from}转接到{to}。'],
  'fact.moved_by_policy': ['Moved from {from} to {to} by a new policy.', '新规则将其从{from}移到{to}。'],
  'fact.tier_moved_by_policy': [
    'The tier {from} was removed from the policy. The customer counts as {to}.',
    '规则中已没有{from}：该客户现按{to}对待。',
  ],
  'fact.tier_changed': ['The tier changed from {from} to {to}.', '等级由{from}变为{to}。'],
  'fact.callback_withdrawn': [
    'No queue offers callbacks any more. An agent handles it, with nobody on the line.',
    '已没有队列提供回电：由坐席处理，线路上无人。',
  ],
  'fact.statement_not_said': [
    '{author} marked as not said: “{text}” ({note}).',
    '{author} 标记为未告知：“{text}”（{note}）。',
  ],
  'fact.closed_unfinished': [
    'Closed as unfinished. This statement was left open: “{text}”',
    '以“未完成”关闭。以下告知内容未确认：“{text}”',
  ],
  'fact.callback_given': [
    'The customer may not be called at present. {author} has it, with nobody on the line. If it is transferred, it waits for its callback time.',
    '目前不能拨打该客户：{author}处理此事，线路上无人。转出后将继续等候回电时间。',
  ],
  'fact.wrapped_up': ['{author} wrapped it up: {disposition}.', '{author} 完成收尾：{disposition}。'],
  'fact.closed': ['Closed: {how}.', '已关闭：{how}。'],
  'fact.assigned': ['{author} gave it to {agent}.', '{author} 将其交给 {agent}。'],
  'fact.assigned.overridden': [
    '{author} gave it to {agent}, though {overrides}.',
    '{author} 将其交给 {agent}，尽管{overrides}。',
  ],
  'fact.boosted': ['{author} moved it {time} ahead: {reason}', '{author} 将其提前 {time}：{reason}'],
  'fact.boosted.back': ['{author} took its boost back: {reason}', '{author} 取消了提前：{reason}'],
  'fact.linked_callback': [
    'The customer called before we called back. This call takes over the place in the queue.',
    '客户原本等待回电，现主动来电：本次来电占用其位置。',
  ],
  'fact.linked': [
    'The customer also waits in a chat. This call takes over the place of the chat.',
    '本次来电沿用该客户网页聊天的位置。',
  ],
  'fact.owed_elsewhere': ['Still to be said, from the paused chat: “{text}”', '暂停的聊天中尚须告知客户：“{text}”'],
  'fact.wrote_elsewhere': ['In the paused chat: “{text}”', '在暂停的聊天中：“{text}”'],
  'fact.left_elsewhere': ['The customer has left the paused chat.', '客户已离开暂停的聊天。'],
  'fact.paused': ['Paused: the customer is on the phone.', '已暂停：客户正在通话。'],
  'fact.waits_again': [
    'The call was not handled. This waits again, at its place in the queue.',
    '来电未处理：回到原来的位置继续等待。',
  ],
  'fact.closed_with_call': ['Closed with the call, which was handled.', '随已处理的来电一并结束。'],
  'fact.overflow_queue': ['The rules of the queue moved it from {from} to {to}.', '按队列规则由{from}转到{to}。'],
  'fact.transfer_returned': [
    'Nobody took it in {from}: the transfer goes back to {agent}.',
    '{from}无人接听：转接退回给 {agent}。',
  ],
  'fact.overflow_auto_reply': ['The customer got an automatic answer and still waits.', '已自动答复客户，继续等候。'],
  'fact.overflow_release': ['The queue did not take it; the customer was told.', '队列未接收，已告知客户。'],
  'fact.place_kept': ['The customer came back and keeps the place in the queue.', '客户再次联系，保留原来的位置。'],
  'fact.overflow_callback': [
    'The customer hung up and keeps the place in the queue: to be called back.',
    '客户挂断并保留位置，等待回电。',
  ],
  'fact.callback_wished': [
    'The customer wants to be called back and keeps the place in the queue.',
    '客户希望回电，位置已保留。',
  ],
  'fact.overflow_voicemail': ['The customer was asked to leave a message.', '已请客户留言。'],
  'fact.voicemail_left': ['The customer left a message of {time}: to be called back.', '客户留言 {time}，等待回电。'],
  'fact.recording_began': ['The call is recorded from here on.', '通话开始录音。'],
  'fact.recording_not_announced': [
    'The call is not recorded: the customer has not heard that it would be.',
    '本次通话未录音：客户未听到录音提示。',
  ],
  'fact.recording_failed': ['The recording could not begin (code {reason}).', '未能开始录音（代码 {reason}）。'],
  'fact.recording_paused': [
    'The recording is paused: what follows is silence in it.',
    '录音已暂停，此后内容为静音。',
  ],
  'fact.recording_pause_failed': [
    'The recording could not be paused, and goes on (code {reason}).',
    '未能暂停录音，录音仍在继续（代码 {reason}）。',
  ],
  'fact.recording_resumed': ['The recording goes on.', '录音已恢复。'],
  'fact.recording_resume_failed': [
    'The recording could not be resumed (code {reason}).',
    '未能恢复录音（代码 {reason}）。',
  ],
  'fact.recording_stop_failed': [
    'The recording could not be ended (code {reason}).',
    '未能结束录音（代码 {reason}）。',
  ],
  'fact.recording_step': ['Step of the script: {title}.', '脚本步骤：{title}。'],
  'fact.voicemail_lost': [
    'The customer left a message, but it could not be fetched from the provider: to be called back.',
    '客户的留言无法取得，等待回电。',
  ],
  'fact.dialled': ['The customer was called for {author}.', '已为 {author} 拨打客户电话。'],
  'fact.appointment_made': ['{author} agreed on a call at {at}.', '{author} 与客户约定于 {at} 致电。'],
  'fact.appointment_moved': ['{author} moved the agreed call to {at}.', '{author} 将约定的致电改至 {at}。'],
  'fact.appointment_cancelled': [
    '{author} cancelled the call agreed for {at}.',
    '{author} 取消了约定于 {at} 的致电。',
  ],
  'fact.appointment_due': ['The call agreed for {at} is due.', '约定于 {at} 的致电时间已到。'],
  'fact.appointment_missed': [
    'The agreed time passed {time} ago, so nobody was called. Call the customer, or agree on another time.',
    '约定时间已过去 {time}，系统未自动拨打。请致电客户或另约时间。',
  ],
  'fact.called_out': ['{author} called the customer: {reason}', '{author} 致电客户：{reason}'],
  'fact.called_out.bare': ['{author} called the customer.', '{author} 致电客户。'],
  'fact.called_out.waiting': [
    '{author} called the customer: {reason} ({count} waited; the first of them for {time})',
    '{author} 致电客户：{reason}（当时 {count} 位客户在等候，最久 {time}）',
  ],
  'fact.called_out.bare.waiting': [
    '{author} called the customer ({count} waited; the first of them for {time}).',
    '{author} 致电客户（当时 {count} 位客户在等候，最久 {time}）。',
  ],
  'fact.call_out_failed': [
    "{author}'s telephone was not reached, so the call ended: {why}",
    '未能接通 {author} 的电话，呼叫已结束：{why}',
  ],
  'fact.machine_answered': ['A machine answered. The call was ended.', '由机器接听，呼叫已结束。'],
  'fact.machine_left_message': [
    'A machine answered. The message of the queue was left.',
    '由机器接听，已留下队列的留言。',
  ],
  'fact.callback_answered': ['The customer answered our call.', '客户接听了回电。'],
  'fact.callback_unanswered': ['The customer was not reached: {why}', '未联系上客户：{why}'],
  'fact.callback_refused': ['The customer was not called. {why}', '未拨打客户电话。{why}'],
  'fact.consult_asked': ['{author} asks {agent} about this call.', '{author} 就这通电话询问 {agent}。'],
  'fact.transfer_asked': ['{author} asks {agent} to take this call.', '{author} 请 {agent} 接手这通电话。'],
  'fact.handed_over': ['{author} handed the call over to {agent}.', '{author} 已将通话交给 {agent}。'],
  'fact.left_to_others': ['{author} has left the call. The others talk on.', '{author} 已离开通话，其他人继续交谈。'],
  'fact.party_joined': ['{who} is in the call.', '{who} 已加入通话。'],
  'fact.party_joined.text': ['{who} reads along.', '{who} 开始旁读。'],
  'fact.party_joined.text.barge': ['{who} has joined.', '{who} 已加入。'],
  'fact.party_left.text': ['{who} has left.', '{who} 已离开。'],
  'fact.party_left': ['{who} has left the call.', '{who} 已离开通话。'],
  'fact.party_unreached': ['{who} did not come into the call: {why}', '{who} 未能加入通话：{why}'],
  'fact.other': ['{fact}', '{fact}'],
})
