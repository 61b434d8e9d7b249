import { expect, test } from 'vitest'
import { isSame, read, typed } from './values'

test.each([
  ['number', ' 1 250,5 ', 1250.5],
  ['money', 'much', 'much'],
  ['money', '1,250', 1250],
  ['money', '-1,250,000.5', -1250000.5],
  ['money', '1.250,50', 1250.5],
  ['money', '１２５０', 1250],
  ['money', '1e9', '1e9'],
  ['money', '0x10', '0x10'],
  ['list', 'Malmö, Lund; Umeå', ['Malmö, Lund', 'Umeå']],
  ['yes_no', 'false', false],
  ['list', '卡、 Loan, ,', ['卡', 'Loan']],
  ['text', ' Umeå ', 'Umeå'],
  ['date', '', null],
] as const)('%s: "%s" is read as it is meant, or as it was typed', (type, text, value) => {
  expect(read(type, text)).toEqual(value)
})

test.each([[null], [['卡', 'Loan']], [['Malmö, Lund', 'Umeå']], [12.5], ['Umeå']])('what is known is typed as it is read: %j', (value) => {
  const type = Array.isArray(value) ? 'list' : typeof value === 'number' ? 'number' : 'text'
  expect(isSame(read(type, typed(value)), value)).toBe(true)
})
