/** The words of calling out. A part of the desk's catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const callingWords = inBoth({
  'call_out.title': ['Call somebody', '拨打电话'],
  'call_out.say': [
    'Your phone rings first. The person is called once you are on the line.',
    '先接通您的电话；您在线后才会拨打对方。',
  ],
  'call_out.number': ['Number', '号码'],
  'call_out.shown': ['Number shown', '显示的号码'],
  'call_out.reason': ['Reason', '事由'],
  'call_out.reason.hint': ['For example: answer about the lost parcel', '例如：答复包裹遗失一事'],
  'call_out.script': ['Script', '脚本'],
  'call_out.best': ['The one that fits best', '最合适的脚本'],
  'call_out.do': ['Call', '拨打'],
  'call_out.to': ['Call {number}', '拨打 {number}'],
  'call_out.waiting': [
    'In your queues {count} wait, the first of them for {time}. They wait longer while you call.',
    '您的队列中有 {count} 位在等候，最久 {time}。您外呼期间他们会等得更久。',
  ],
  'agreed.title': ['Agreed calls', '约定的致电'],
  'agreed.at': ['{at}', '{at}'],
  'agreed.mine': ['{at}, you first', '{at}，由您优先'],
  'agreed.new': ['Call at', '致电时间'],
  'agreed.make': ['Agree', '约定'],
  'agreed.move': ['Move', '改期'],
  'agreed.cancel': ['Cancel the call of {at}', '取消 {at} 的致电'],
  'agreed.promised': ['When to call the customer', '何时致电客户'],
  'call_out.none': ['Nobody waits in your queues.', '您的队列中无人等候。'],
})
