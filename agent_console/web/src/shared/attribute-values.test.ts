/** A value in the words of each language. */
import { expect, test } from 'vitest'
import type { AttributeView } from '../generated/wire'
import { sayValue } from './attribute-values'

const words = { true: 'Yes', false: 'No' }

function attribute(type: AttributeView['type'], more: Partial<AttributeView> = {}): AttributeView {
  return { name: 'one', type, names: { en: 'One' }, help: {}, unit: '', choices: [], ...more }
}

test.each([
  [attribute('text'), ['Malmö'], 'en', 'Malmö'],
  [attribute('list'), ['Card', 'Loan'], 'en', 'Card, Loan'],
  [attribute('list'), ['卡', '贷款'], 'zh-CN', '卡、贷款'],
  [attribute('money'), ['1234.5'], 'en', 'SEK\u00a01,235'],
  [attribute('number', { unit: 'km' }), ['1234.5'], 'en', '1,234.5 km'],
  [attribute('date'), ['2026-11-29'], 'zh-CN', '2026年11月29日'],
  [attribute('yes_no'), ['true'], 'en', 'Yes'],
  [attribute('yes_no'), ['false'], 'en', 'No'],
  [attribute('choice', { choices: [{ code: 'gold', names: { en: 'Gold' } }] }), ['gold'], 'en', 'Gold'],
  [attribute('choice'), ['gone'], 'en', 'gone'],
  [attribute('text'), [], 'en', ''],
])('%o with %o in %s reads %s', (one, texts, language, said) => {
  expect(sayValue(one, texts, 'SEK', language, words)).toBe(said)
})
