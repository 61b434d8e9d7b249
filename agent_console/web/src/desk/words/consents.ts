/** What a consent is for, and why a text was not sent for want of one. A part of the desk's catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const consentWords = inBoth({
  'purpose.service': ['answers and service', '回复和服务'],
  'purpose.marketing': ['marketing', '营销'],
  'purpose.recording': ['recordings of calls', '通话录音'],
  'purpose.page_trail': ['the trail of pages seen', '浏览记录'],
  'error.consent_withdrawn': [
    'not sent: the customer no longer agrees to messages at this address',
    '未发送：客户已撤回对该地址的同意',
  ],
  'error.no_consent': ['not sent: the customer has not agreed to it', '未发送：客户尚未同意'],
  'error.consent_ran_out': ['not sent: the customer’s consent has run out', '未发送：客户的同意已过期'],
})
