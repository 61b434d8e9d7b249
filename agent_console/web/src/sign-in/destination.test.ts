import { expect, test } from 'vitest'
import { destination, leftBecause } from './destination'

test('an agent goes to the desk, a supervisor to the wallboard', () => {
  expect(destination(['agent'], null)).toBe('/desk')
  expect(destination(['agent', 'supervisor'], null)).toBe('/desk')
  expect(destination(['supervisor'], null)).toBe('/wallboard')
})

test('everyone goes back to where they came from', () => {
  expect(destination(['agent', 'supervisor'], '/wallboard')).toBe('/wallboard')
  expect(destination(['agent'], '/desk')).toBe('/desk')
})

test('nobody is led away from the hub, nor to a desk that is not theirs', () => {
  expect(destination(['agent'], 'https://evil.example/')).toBe('/desk')
  expect(destination(['agent'], '//evil.example')).toBe('/desk')
  expect(destination(['supervisor'], '/desk')).toBe('/wallboard')
})

test('only known reasons are told', () => {
  expect(leftBecause('idle')).toBe('idle')
  expect(leftBecause('<script>')).toBeUndefined()
})
