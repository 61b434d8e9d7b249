import { expect, test } from 'vitest'
import type { MessageView } from '../generated/wire'
import { factText } from './fact-text'

const names = { queues: [], tiers: [], dispositions: [] }

function say(code: string): string {
  const failed = { fact: 'script_action_failed', author: 'Ada', channel: 'webchat', data: { label: 'Look it up', code } }
  return factText(failed as unknown as MessageView, names)
}

test('an action that was not done says why, where there are words for it', () => {
  expect(say('webhook_no_answer')).toBe(
    'Ada, by the script: Look it up. It was not done. The other system gave no answer in time.',
  )
  expect(say('something_new')).toBe('Ada, by the script: Look it up. It was not done.')
})
