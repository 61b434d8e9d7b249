import type { en } from './en'

export const zhCN: Record<keyof typeof en, string> = {
  title: '人员',
  intro: '所有可以登录的人员，以及他们的登录位置。被退出的人可以重新登录；如需阻止其登录，请在命令行停用。',
  opening: '正在读取人员名单……',
  'column.name': '姓名',
  'column.id': '登录名',
  'column.roles': '角色',
  disabled: '已停用',
  'role.agent': '坐席',
  'role.supervisor': '主管',
  'role.author': '话术编辑',
  'role.administrator': '管理员',
  sessions: '登录位置',
  'sessions.of': '{name} 的登录位置',
  'sessions.say': '请向本人核实，并退出其不认识的登录。该处打开的界面会在五秒内关闭。',
}
