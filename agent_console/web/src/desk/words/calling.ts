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
  'agreed.needs_time': ['Choose when the customer is called.', '请选择致电客户的时间。'],
  'agreed.list.title': ['Agreed calls', '约定的致电'],
  'agreed.list.say': [
    'Your own calls, and those of the queues that you supervise. A call is made within two hours from its time.',
    '您本人的约定，以及您主管队列的约定。系统在约定时间起两小时内拨打。',
  ],
  'agreed.list.none': [
    'No call is agreed. A call that you promise to a customer is listed here.',
    '暂无约定的致电。您答应客户的致电会列在这里。',
  ],
  'agreed.list.mine': ['Your clock', '您的时间'],
  'agreed.list.there': ['At the customer', '客户当地时间'],
  'agreed.list.move': ['New time of the call to {name}', '{name}的新致电时间'],
  'agreed.list.cancel': ['Cancel the call to {name}', '取消致电{name}'],
  'agreed.list.done': ['It is done.', '已完成。'],
  'do.agreed': ['Agreed calls: show, move, cancel', '约定的致电：查看、改期、取消'],
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
