/** The texts of what is hidden, of one customer's file, and of their erasure. */
import { inBoth } from '../../shared/i18n/in-both'
import { catalogue } from '../../shared/i18n/language.svelte'

const words = inBoth({
  'hidden.title': ['Hidden from your role', '您的角色不可见'],
  'hidden.say': [
    'Say why you need to see it. Your reason is kept, and it is shown to you alone for a few minutes.',
    '请说明查看原因。原因会留存记录，内容仅在几分钟内向您显示。',
  ],
  'hidden.what': ['What', '内容'],
  'hidden.reason': ['Reason', '原因'],
  'hidden.show': ['Show', '显示'],
  'hidden.until': ['Shown until {time}', '显示至 {time}'],
  addresses: ['Numbers and mailboxes', '号码和邮箱'],
  accounts: ['Numbers of accounts', '账户号码'],
  texts: ['Numbers in messages', '消息中的号码'],
  'privacy.title': ['Data and erasure', '数据与删除'],
  'privacy.reason': ['Reason, such as the date of the request', '原因，例如申请日期'],
  'privacy.file': ['Write all data into a file', '导出全部数据'],
  'privacy.erase': ['Erase this customer', '删除此客户'],
  'privacy.typed': ['Type {typed} to confirm', '输入“{typed}”以确认'],
  'privacy.say': [
    'Their words, name, addresses and files are erased for good. Figures stay.',
    '该客户的内容、姓名、地址和文件将永久删除，统计数字保留。',
  ],
  'privacy.going': ['Erasing: {done} of {of}', '正在删除：{done} / {of}'],
  'privacy.done': [
    'Erased. Backups made before hold the customer until they are deleted; after one is restored, erase again.',
    '已删除。此前的备份在删除前仍含该客户；恢复备份后请再次删除。',
  ],
  'privacy.cancel': ['Cancel', '取消'],
  'refused.merged': [
    'This customer is merged with another. Undo the merge first.',
    '该客户已与他人合并，请先撤销合并。',
  ],
  'refused.legal_hold': ['A legal hold keeps what is known. Take it away first.', '存在法律保全，请先解除。'],
  'refused.open_work': ['This customer has open work. Wait until it is closed.', '该客户有未结工作，请等待结束。'],
  'refused.agreed_call': ['A call is agreed with this customer. Cancel it first.', '已与该客户约定通话，请先取消。'],
  'refused.to_be_sent': [
    'Something is about to be sent to them. Wait until it has left.',
    '有内容即将发送给该客户，请稍候。',
  ],
  'refused.recording': [
    'The provider still has a recording. Wait until it confirms that it is deleted.',
    '服务商仍存有录音，请等待其确认删除。',
  ],
  'refused.upload': [
    'A file of customers was uploaded and may name this one. Apply or cancel that import first.',
    '已上传的客户文件可能包含该客户，请先应用或取消该导入。',
  ],
  'refused.other': ['That could not be done ({code}). Try again.', '操作未成功（{code}），请重试。'],
})

export const t = catalogue({ en: words.en, 'zh-CN': words.zhCN })
export type Word = keyof typeof words.en
