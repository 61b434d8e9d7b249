import { expect, test } from 'vitest'
import { destination, leftBecause } from './destination'

test('an agent goes to the desk, a supervisor to the wallboard', () => {
  expect(destination(['agent'], null)).toBe('/desk')
  expect(destination(['agent', 'supervisor'], null)).toBe('/desk')
  expect(destination(['supervisor', 'agent'], null)).toBe('/wallboard')
  expect(destination(['author', 'administrator'], null)).toBe('/wallboard')
})

test('a person goes back to the screen that they came from', () => {
  expect(destination(['agent', 'supervisor'], '/wallboard')).toBe('/wallboard')
  expect(destination(['agent'], '/desk')).toBe('/desk')
  expect(destination(['administrator'], '/set-aside')).toBe('/set-aside')
})

test('nobody is sent to another site, nor to a screen that their roles do not open', () => {
  expect(destination(['agent'], 'https://evil.example/')).toBe('/desk')
  expect(destination(['agent'], '//evil.example')).toBe('/desk')
  expect(destination(['supervisor'], '/desk')).toBe('/wallboard')
  expect(destination(['agent'], '/wallboard')).toBe('/desk')
  expect(destination(['supervisor'], '/set-aside')).toBe('/wallboard')
  expect(destination(['author'], '/desk')).toBe('/scripts')
  expect(destination([], '/desk')).toBeNull()
})

test('only known reasons are shown', () => {
  expect(leftBecause('may_not')).toBe('may_not')
  expect(leftBecause('<script>')).toBeUndefined()
})
