/** The texts of the people page in English. */
export const en = {
  title: 'People',
  intro:
    'Everybody who may sign in, and where they are signed in. A person whom you sign out can sign in again. To keep them out, disable them at the command line.',
  opening: 'Reading who works here…',
  'column.name': 'Name',
  'column.id': 'Signs in as',
  'column.roles': 'Roles',
  disabled: 'disabled',
  'role.agent': 'Agent',
  'role.supervisor': 'Supervisor',
  'role.author': 'Author',
  'role.administrator': 'Administrator',
  sessions: 'Where signed in',
  'sessions.of': 'Where {name} is signed in',
  'sessions.say':
    'Ask them which of these they know, and sign out the others. The screens open there close within five seconds.',
}
