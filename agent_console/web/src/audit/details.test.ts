import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditLine } from '../generated/wire'
import { language } from '../shared/i18n/language.svelte'
import { detailsOf, sayAction, saySubject, sayWho } from './details'

const known = { people: { ada: 'Ada Holm' }, queues: { cards: { en: 'Cards', zh: '银行卡' } } }

function line(detail: AuditLine['detail'], more: Partial<AuditLine> = {}): AuditLine {
  const who = { id: 1, at: 0, staff_id: 'dot', staff_name: 'Dot Mbeki', action: 'held.read', subject: 'cards' }
  return { ...who, customer_id: '', queue: 'cards', ...more, detail }
}

describe('a line of the trail', () => {
  beforeEach(() => language.set('en'))

  test('shows its ground, the reason, and everything else that was recorded', () => {
    const said = detailsOf(line({ grounds: ['held'], reason: 'Kund ringde', seconds: 600, agent: 'ada' }), known)
    expect(said).toEqual(['has work of the customer in hand', '“Kund ringde”', 'ahead by: 10 min', 'agent: Ada Holm'])
  })

  test('says which seconds of a recording were heard, and where nobody knows', () => {
    expect(detailsOf(line({ heard: ['0:04–0:12', '1:00–1:30'] }), known)).toEqual(['heard: 0:04–0:12, 1:00–1:30'])
    expect(detailsOf(line({ heard: [] }), known)).toEqual(['heard: opened, and nothing reported as played'])
  })

  test('shows them in Chinese', () => {
    language.set('zh-CN')
    const detail = { grounds: ['queue'], address: '192.0.2.7', to: 'cards', before: ['agent'], overrides_fit: false }
    expect(detailsOf(line(detail), known)).toEqual([
      '服务于该队列',
      '来源地址：192.0.2.7',
      '到：银行卡',
      '更改前：坐席',
      '坐席忙或不具备所需技能仍分派：否',
    ])
  })

  test('shows a name without a translation as it is', () => {
    const detail = { grounds: ['by_moonlight'], colour: 'green', before: '["agent"]', agent: 'who', count: 3 }
    expect(detailsOf(line(detail), known)).toEqual([
      'by_moonlight',
      'colour: green',
      'before: ["agent"]',
      'agent: who',
      'count: 3',
    ])
    expect(sayAction('moon.landing')).toBe('moon.landing')
  })

  test('shows that a telephone was removed, and leaves out empty details', () => {
    expect(detailsOf(line({ number: '', address: '', wrong: null }), known)).toEqual(['number: none'])
  })

  test('names people and queues where it knows them', () => {
    expect(saySubject(line({}), known)).toBe('Cards')
    expect(saySubject(line({}, { action: 'self.sign_in', subject: 'ada', queue: '' }), known)).toBe('Ada Holm')
    expect(saySubject(line({}, { subject: 'i1', queue: 'cards' }), known)).toBe('i1')
    expect(sayWho(line({}, { staff_id: 'stranger', staff_name: '' }))).toBe('Somebody not signed in')
    expect(sayWho(line({}, { staff_id: 'gone', staff_name: '' }))).toBe('gone')
  })
})
