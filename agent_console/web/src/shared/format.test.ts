import { describe, expect, test } from 'vitest'
import { clock, HubClock } from './clock.svelte'
import { clockTime, counter, dayKey, dayName, fileSize, listed, longCounter, shortAmount, spell } from './format'
import { t } from './i18n/language.svelte'

describe('durations', () => {
  test('are shown as m:ss, and as h:mm:ss from an hour on', () => {
    expect(counter(0)).toBe('0:00')
    expect(counter(69_999)).toBe('1:09')
    expect(counter(2_530_000)).toBe('42:10')
    expect(counter(3_600_000)).toBe('1:00:00')
    expect(counter(-5)).toBe('0:00')
  })

  test('of a working day always show the hours', () => {
    expect(longCounter(2_530_000)).toBe('0:42:10')
    expect(longCounter(65_000)).toBe('0:01:05')
    expect(longCounter(30_000_000)).toBe('8:20:00')
  })

  test('are spelled in the nearest unit', () => {
    expect(spell(45, t)).toBe('45 s')
    expect(spell(600, t)).toBe('10 min')
    expect(spell(7200, t)).toBe('2 h')
    expect(spell(7800, t)).toBe('2 h 10')
  })
})

describe('days', () => {
  const now = new Date(2026, 10, 22, 14, 7).getTime()
  test('have names near today and dates far from it', () => {
    expect(dayName(now - 1000, now, 'en', t)).toBe('Today')
    expect(dayName(now - 86_400_000, now, 'en', t)).toBe('Yesterday')
    expect(dayName(new Date(2026, 10, 12).getTime(), now, 'en', t)).toBe('12 November')
    expect(dayName(new Date(2025, 10, 12).getTime(), now, 'zh-CN', t)).toBe('2025年11月12日')
  })

  test('show the time of day in 24 hours', () => {
    expect(clockTime(now, 'en')).toBe('14:07')
    expect(clockTime(new Date(2026, 0, 1, 0, 5).getTime(), 'zh-CN')).toBe('00:05')
  })
})

test('a list is separated as its language does it', () => {
  expect(listed(['Current', '', 'Mortgage'], 'en')).toBe('Current, Mortgage')
  expect(listed(['活期', '定期'], 'zh-CN')).toBe('活期、定期')
})

test('amounts are short enough to compare', () => {
  expect([840, 9_140, 84_000, 1_250_000].map(shortAmount)).toEqual(['840', '9.1k', '84k', '1.3m'])
  expect([12, 2048, 3_500_000].map(fileSize)).toEqual(['12 B', '2 kB', '3.3 MB'])
})

test("times are shown as people's clocks had them, also if hub time differs", () => {
  const noon = new Date(2026, 10, 22, 12, 0).getTime()
  clock.ahead = -13 * 3_600_000
  expect(clockTime(noon, 'en')).toBe('23:00')
  expect(dayName(noon - 1000, noon, 'en', t)).toBe('Today')
  expect(dayName(noon - 86_400_000, noon, 'en', t)).toBe('Yesterday')
  expect(dayKey(noon)).toBe('2026-11-21')
  clock.ahead = 0
})

test("the clock shows the hub's time, whatever this machine's clock shows", () => {
  const clock = new HubClock()
  clock.heard(1_000_000, 400_000)
  expect(clock.now).toBe(1_000_000)
  clock.tick(401_000)
  expect(clock.now).toBe(1_001_000)
})
