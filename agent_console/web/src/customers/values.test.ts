import { expect, test } from 'vitest'
import { isSame, read, typed } from './values'

test.each([
  ['number', ' 1 250,5 ', 1250.5],
  ['money', 'much', 'much'],
  ['yes_no', 'false', false],
  ['list', '卡、 Loan, ,', ['卡', 'Loan']],
  ['text', ' Umeå ', 'Umeå'],
  ['date', '', null],
] as const)('%s: "%s" is read as it is meant, or as it was typed', (type, text, value) => {
  expect(read(type, text)).toEqual(value)
})

test.each([[null], [['卡', 'Loan']], [12.5], ['Umeå']])('what is known is typed as it is read: %j', (value) => {
  const type = Array.isArray(value) ? 'list' : typeof value === 'number' ? 'number' : 'text'
  expect(isSame(read(type, typed(value)), value)).toBe(true)
})
