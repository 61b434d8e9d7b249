"""Words and phrases that many people choose as a password, beyond the English word lists of `zxcvbn`.

The rule of this file: it holds data and nothing else. Words and phrases are written as people type them: without
blanks, in lower case. Each is long enough that it seldom stands inside another word. Sources: common knowledge of
each language; no list of leaked passwords.
"""

from typing import Final

WORDS: Final = """
    willkommen passwort kennwort geheim sommer winter herbst frühling qwertz hallo välkommen lösenord sommar vinter
    bienvenue motdepasse azerty bonjour été hiver automne bienvenido contraseña verano invierno otoño benvenuto
    summer spring autumn password welcome letmein changeme qwerty iloveyou
""".split()

# The best known passphrase of all, and sentences that everybody can finish
PHRASES: Final = """
    correcthorsebatterystaple thequickbrownfoxjumpsoverthelazydog thequickbrownfox tobeornottobethatisthequestion
    tobeornottobe maytheforcebewithyou iloveyousomuch ilovemyfamily ilovemydog ilovemycat ilovemywife ilovemyhusband
    ilovemykids iamyourfather winteriscoming onceuponatime twinkletwinklelittlestar happybirthdaytoyou merrychristmas
    happynewyear godsavethequeen godsavetheking inthebeginning ourfatherwhoartinheaven thelordismyshepherd
    ihaveadream yeswecan makeamericagreatagain stairwaytoheaven letitbe heyjude bohemianrhapsody neverstopdreaming
    livelaughlove whatdoesthefoxsay allyouneedislove neveragain nevergonnagiveyouup opensesame abracadabra
    thisismypassword mypasswordis thisisapassword passwordpassword donttellanyone forgotpassword trustnoone
    callcenter customerservice contactcenter helpdesk
    franzjagtimkomplettverwahrlostentaxi ichliebedich jetaime teamoamor tiamoamore jagälskardig
""".split()

CHINESE: Final = """
    woaini nihao mima zhongguo beijing shanghai woaizhongguo 1314520 5201314 521314 1314 520 521 888 666 168 你好
    密码 中国 北京 上海 我爱你 欢迎 春天 夏天 秋天 冬天 一生一世 永远爱你 永远在一起 永远不分离 生日快乐 新年快乐
    春节快乐 恭喜发财 大吉大利 万事如意 身体健康 心想事成 一帆风顺 年年有余 好好学习 天天向上 为人民服务 祖国万岁
    中华人民共和国 人民 阖家幸福 工作顺利 平安喜乐 岁岁平安 马到成功 步步高升 财源广进 吉祥如意 龙马精神 学业有成
    早生贵子 百年好合 白头偕老 天长地久 海枯石烂 执子之手 与子偕老 床前明月光 疑是地上霜 举头望明月 低头思故乡
    春眠不觉晓 处处闻啼鸟 白日依山尽 黄河入海流 欲穷千里目 更上一层楼 锄禾日当午 汗滴禾下土 但愿人长久 千里共婵娟
    爱你一万年 老婆我爱你 宝贝 老公 老婆 爸爸妈妈 祝你 忘记密码 我的密码 密码是 不告诉你 管理员 客服中心 客服 我愛你
    歡迎 密碼 中國 生日快樂 新年快樂 恭喜發財 萬事如意
""".split()
