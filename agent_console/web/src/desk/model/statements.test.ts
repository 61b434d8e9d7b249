import { describe, expect, test } from 'vitest'
import type { MustSayView, OwedStatementView } from '../../generated/wire'
import { actionsOf } from '../actions'
import { Screen, type FocusPlace } from '../screen.svelte'
import { en } from '../words/en'
import { zhCN } from '../words/zh-CN'
import { held, openDesk, PIA, settled, snapshot, step } from './cast'
import { NOT_SAID, owedOf } from './statements'

const fee: OwedStatementView = {
  script_id: 'card-lost',
  statement: 'terms.1',
  title: 'Card lost',
  language: 'en',
  text: 'It costs 5.',
}
const other: OwedStatementView = { ...fee, script_id: 'complaint' }
const here: MustSayView = {
  kind: 'must_say',
  id: 'terms.1',
  text: 'It costs 5.',
  acknowledged: false,
  not_said: null,
  note: '',
}

class WatchedScreen extends Screen {
  went: FocusPlace[] = []
  override go(place: FocusPlace) {
    this.went.push(place)
  }
}

describe('statements that must be said', () => {
  test('are listed beside the step only if the step does not show them itself', () => {
    const script = step('terms', { parts: [here], owed: [fee, other] })
    expect(owedOf(script)).toEqual([fee, other])
    expect(owedOf(script, true)).toEqual([other])
    expect(owedOf(null)).toEqual([])
  })

  test('come first when the agent presses the key for the wrap-up', async () => {
    const wrapping = { ...held('i1', PIA), state: 'wrap_up' as const }
    const screen = new WatchedScreen()
    for (const [script, place] of [
      [step('terms', { owed: [fee] }), 'owed'],
      [step('terms'), 'wrap-up'],
    ] as const) {
      const { model } = await openDesk(snapshot({ interactions: [{ ...wrapping, script }] }))
      actionsOf(model, screen)
        .find(({ id }) => id === 'wrap_up')
        ?.run()
      expect(screen.went.pop()).toBe(place)
    }
  })

  test('are settled by a command that carries the reason', async () => {
    const { model, line } = await openDesk(snapshot({ interactions: [held('i1', PIA)] }))
    const about = { script_id: 'complaint', statement: 'terms.1' }
    void model.acts.settle(model.find('i1')!, { ...about, is_said: false, reason: 'customer_hung_up', note: '' })
    await settled()
    expect(line.asked).toMatchObject([
      { kind: 'settle_statement', interaction_id: 'i1', version: 1, ...about, reason: 'customer_hung_up' },
    ])
  })

  test('have a text for the reason behind each digit; the first is that the customer hung up', () => {
    expect(NOT_SAID[0]).toBe('customer_hung_up')
    for (const reason of NOT_SAID) {
      expect(en[`statement.reason.${reason}`]).not.toBe('')
      expect(zhCN[`statement.reason.${reason}`]).not.toBe('')
    }
  })
})
