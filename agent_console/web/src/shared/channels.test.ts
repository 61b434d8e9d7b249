import { expect, test } from 'vitest'
import type { ChannelView } from '../generated/wire'
import { CHANNELS } from './channels-cast'
import { channelCount, channelName, channels, traitsOf } from './channels.svelte'

const telegram: ChannelView = { ...CHANNELS[1]!, name: 'telegram', names: { en: 'Telegram' }, icon: 'pigeon' }

test('a channel that the screens do not know gets its name from the hub', () => {
  channels.learn([...CHANNELS, telegram])
  expect(channelName('telegram')).toBe('Telegram')
  expect(channelCount('telegram', 2)).toBe('2 × Telegram')
  expect(channels.names).toContain('telegram')
  expect(traitsOf('telegram').is_call).toBe(false)
})

test('a channel that the hub does not list is shown by its code, and is no call', () => {
  channels.learn(CHANNELS)
  expect(channelName('pager')).toBe('pager')
  expect(channelCount('pager', 1)).toBe('1 × pager')
  expect(traitsOf('pager').is_call).toBe(false)
})

test('a count uses the words that the channel brings for it', () => {
  const counted = { en: '{count, plural, one {# call} other {# calls}}' }
  channels.learn([{ ...CHANNELS[0]!, counted }])
  expect([1, 2].map((count) => channelCount('phone', count))).toEqual(['1 call', '2 calls'])
})
