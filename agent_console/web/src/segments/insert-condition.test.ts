import { describe, expect, it } from 'vitest'
import { insertCondition } from './insert-condition'

describe('a condition put into a rule', () => {
  it.each([
    ['', 0, 'x'],
    ['a == 1', 6, 'a == 1 && x'],
    ['a == 1 ', 7, 'a == 1 && x'],
    ['a == 1 && ', 10, 'a == 1 && x'],
    ['a == 1 || !', 11, 'a == 1 || !x'],
    ['(', 1, '(x'],
    ['a == 1', 0, 'x && a == 1'],
    ['a == 1 && b == 2', 6, 'a == 1 && x && b == 2'],
    ['(a == 1)', 7, '(a == 1 && x)'],
  ])('%j at %i', (text, at, expected) => {
    const inserted = insertCondition(text, at, at, 'x')
    expect(inserted.text).toBe(expected)
    expect(inserted.text.slice(0, inserted.cursor).endsWith('x')).toBe(true)
  })

  it('takes the place of what is selected', () => {
    expect(insertCondition('a == 1 && b == 2', 10, 16, 'x').text).toBe('a == 1 && x')
  })
})
