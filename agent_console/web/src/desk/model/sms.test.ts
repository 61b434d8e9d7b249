import { expect, test } from 'vitest'
import { measureSms } from './sms'

const of = (text: string) => {
  const { encoding, parts, left } = measureSms(text)
  return [encoding, parts, left]
}

test('plain text is one part of 160, then parts of 153', () => {
  expect(of('')).toEqual(['gsm7', 0, 160])
  expect(of('a'.repeat(160))).toEqual(['gsm7', 1, 0])
  expect(of('a'.repeat(161))).toEqual(['gsm7', 2, 145])
  expect(of('a'.repeat(306))).toEqual(['gsm7', 2, 0])
  expect(of('a'.repeat(307))).toEqual(['gsm7', 3, 152])
})

test('accents of the GSM alphabet cost one unit, the euro and brackets two', () => {
  expect(of('Grüße, così è')).toEqual(['gsm7', 1, 147])
  expect(of('€'.repeat(80))).toEqual(['gsm7', 1, 0])
})

test('an escaped character is not split between two parts', () => {
  expect(of(`${'a'.repeat(152)}€${'a'.repeat(8)}`)).toEqual(['gsm7', 2, 143])
})

test('one character outside the alphabet makes the whole text wide: 70 units, then 67', () => {
  expect(of('您'.repeat(70))).toEqual(['ucs2', 1, 0])
  expect(of('您'.repeat(71))).toEqual(['ucs2', 2, 63])
  expect(of('ř'.repeat(3))).toEqual(['ucs2', 1, 67])
})

test('a surrogate pair counts as two units and is not split', () => {
  expect(of('🙂')).toEqual(['ucs2', 1, 68])
  expect(of(`${'您'.repeat(66)}🙂您您您您`)).toEqual(['ucs2', 2, 61])
})
