/** The texts of the page of recordings, in English. */
export const en = {
  title: 'Recordings',
  intro:
    'Recorded calls and spoken messages of the queues that you look after, the newest first. Open one to see it and to hear it; the trail says who heard what.',
  opening: 'Looking for recordings…',
  refused: 'This screen is for supervisors.',
  'none.title': 'No recording yet',
  'none.say': 'Recorded calls and spoken messages of your queues will appear here. Which calls are recorded is in the policy.',
  'kind.call': 'Call',
  'kind.voicemail': 'Spoken message',
  'with.agent': 'with {name}',
  more: 'Show older ones',
}
