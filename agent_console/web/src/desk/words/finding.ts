/** The words of the search for customers in the palette. A part of the desk's catalogue. */
import { inBoth } from '../../shared/i18n/in-both'

export const findingWords = inBoth({
  'palette.customers': ['Customers', '客户'],
  'palette.more': ['There are more: type on.', '还有更多结果，请继续输入。'],
  'palette.nameless': ['Without a name', '未留姓名'],
  'palette.too_many': [
    'You have searched for very many customers. Wait a few minutes, or ask your supervisor.',
    '您搜索客户的次数过多，请稍等几分钟，或联系主管。',
  ],
})
