import { afterEach, expect, test } from 'vitest'
import { language } from '../shared/i18n/language.svelte'
import { sayDelay } from './delay'

afterEach(() => language.set('en'))

test('the delay is of those who changed one by one, and others who wait are counted', () => {
  language.set('en')
  const once = 'In the last hour, 99 of 100 customers who changed one by one stood in their segments within '
  expect(sayDelay({ delay_ms: 320, waiting: 0 })).toBe(`${once}320 milliseconds.`)
  expect(sayDelay({ delay_ms: 1_100, waiting: 99 })).toBe(`${once}1.1 seconds.`)
  const waiting = ' who changed together, by an import, by new rules or with time, are still to be asked.'
  expect(sayDelay({ delay_ms: null, waiting: 2_400 })).toBe(
    `In the last hour, no customer changed one by one. 2,400${waiting}`,
  )
  expect(sayDelay({ delay_ms: null, waiting: 10_001 })).toContain('More than 10,000 who changed')
  language.set('zh-CN')
  expect(sayDelay({ delay_ms: 1_100, waiting: 10_001 })).toBe(
    '过去一小时内，逐个变化的客户有 99% 在1.1秒内完成归群。超过 10,000 位因导入、规则更新或时间推移而批量变化的客户正在排队处理。',
  )
})
