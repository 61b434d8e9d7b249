import { expect, test } from 'vitest'
import { nameOf, sayAddress } from './address'

test('who withholds the number is named as such, and nobody sees the stand-in for it', () => {
  expect(sayAddress('anonymous:CA123')).toBe('Number withheld')
  expect(sayAddress('unknown:0123abc')).toBe('No sender address')
  expect(sayAddress('+46701740301')).toBe('+46701740301')
  expect(nameOf({ customer: { name: '' }, address: 'anonymous:CA123' })).toBe('Number withheld')
  expect(nameOf({ customer: { name: 'Pia' }, address: 'anonymous:CA123' })).toBe('Pia')
})
