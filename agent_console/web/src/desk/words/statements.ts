/** Texts about statements that must be said, and about an agent's other desks. A part of the desk's catalogue. */
export const enStatements = {
  'elsewhere.say': 'You are working in another tab or on another computer. Here you can only watch.',
  'elsewhere.take': 'Work here',
  'statement.owed': 'Still to be said',
  'statement.owed.say':
    '{count, plural, one {A statement is open} other {# statements are open}}. Mark each as said, or say why it was not said.',
  'statement.not_said': 'Not said because…',
  'statement.because': 'Not said: {why}',
  'statement.reason.customer_hung_up': 'the customer hung up',
  'statement.reason.customer_declined': 'the customer did not want to hear it',
  'statement.reason.not_applicable': 'it does not concern this customer',
  'statement.reason.other': 'another reason',
  'statement.note': 'Why was it not said?',
  'statement.keep': 'Keep',
}

export const zhCNStatements: Record<keyof typeof enStatements, string> = {
  'elsewhere.say': '您正在另一个标签页或另一台电脑上工作。此页面仅显示动态，不能操作。',
  'elsewhere.take': '在此工作',
  'statement.owed': '尚待告知',
  'statement.owed.say': '有 {count} 项告知内容尚未确认。请逐项说明是否已告知，或未告知的原因。',
  'statement.not_said': '未告知，原因……',
  'statement.because': '未告知：{why}',
  'statement.reason.customer_hung_up': '客户已挂断',
  'statement.reason.customer_declined': '客户不愿听取',
  'statement.reason.not_applicable': '不适用于该客户',
  'statement.reason.other': '其他原因',
  'statement.note': '为什么没有告知？',
  'statement.keep': '保存',
}
