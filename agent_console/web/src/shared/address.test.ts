import { expect, test } from 'vitest'
import { nameOf, sayAddress } from './address'

test('a withheld number is shown as withheld, and its placeholder address is never shown', () => {
  expect(sayAddress('anonymous:CA123')).toBe('Number withheld')
  expect(sayAddress('unknown:0123abc')).toBe('No sender address')
  expect(sayAddress('+46701740301')).toBe('+46701740301')
  expect(nameOf({ customer: { name: '' }, address: 'anonymous:CA123' })).toBe('Number withheld')
  expect(nameOf({ customer: { name: 'Pia' }, address: 'anonymous:CA123' })).toBe('Pia')
})
