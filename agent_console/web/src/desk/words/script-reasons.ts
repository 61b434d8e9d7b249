/** Which version of which script, and why the agent has it. A part of the desk's catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const scriptReasonWords = inBoth({
  'script.version': ['v{version}', '第 {version} 版'],
  'script.why': ['Why this script: {reasons}.', '选用此脚本的原因：{reasons}。'],
  'script.why.any': ['Why this script: it fits every interaction.', '选用此脚本的原因：适用于所有互动。'],
  'script.why.picked': ['Picked by hand: it is meant for others.', '由坐席手动选用：该脚本原本用于其他情形。'],
  'script.why.by_hand': ['Picked by hand.', '由坐席手动选用。'],
  'script.why.queues': ['the queue is {value}', '队列为{value}'],
  'script.why.purposes': ['we call for this: {value}', '我方致电的目的为{value}'],
  'script.why.chosen': ['the caller chose “{value}” in the menu', '来电者在语音菜单中选择了“{value}”'],
  'script.why.numbers': ['it came to {value}', '客户联系的号码为{value}'],
  'script.why.segments': ['the customer is in the segment {value}', '客户属于客群“{value}”'],
  'script.why.stages': ['the customer’s stage is {value}', '客户所处阶段为{value}'],
  'script.why.tiers': ['the customer’s tier is {value}', '客户等级为{value}'],
  'script.why.open': ['the queue is open', '队列正在营业时间内'],
  'script.why.closed': ['the queue is closed', '队列不在营业时间内'],
  'script.why.skills': ['you have the skill {value}', '您具备技能{value}'],
  'script.why.inbound': ['the customer came to us', '由客户主动联系'],
  'script.why.outbound': ['we call the customer', '由我方联系客户'],
  'script.why.channels': ['the channel is {value}', '渠道为{value}'],
  'script.why.when': ['the condition of its author holds', '符合脚本设定的条件'],
})
