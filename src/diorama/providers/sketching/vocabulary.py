"""Words the sketch understands, by what they mean, in some of the languages people ask in.

Words of scripts that part them by spaces match whole words, Chinese and Japanese ones anywhere in the prompt.
"""

SETTINGS: dict[str, str] = {
    "forest": "forest woods wood jungle woodland wald forêt foret bosque foresta floresta лес 森 林 숲 غابة जंगल",
    "mountains": "mountain mountains peak peaks alps alpine himalaya volcano cliff canyon berg berge gebirge alpen "
    "montagne montagnes montaña montañas montagna montanha гора горы 山 산 جبل पहाड़ mount fuji "
    "everest",
    "sea": "sea ocean beach coast harbor harbour island waves wave lake river water bay lagoon underwater "
    "shore meer strand küste insel fluss hafen mer océan plage lac mar océano playa lago mare море "
    "океан 海 湖 川 河 바다 بحر समुद्र fjord pier",
    "desert": "desert dune dunes sahara sand savanna mesa egypt pyramid wüste dünen désert desierto deserto "
    "пустыня 沙漠 砂漠 사막 صحراء रेगिस्तान",
    "city": "city skyline town street downtown metropolis skyscraper skyscrapers urban cyberpunk tokyo york "
    "paris london berlin cityscape neon stadt straße ville rue ciudad calle città cidade город 城市 "
    "都市 街 도시 مدينة शहर",
    "space": "space moon lunar mars galaxy cosmos cosmic planet planets orbit nebula universe weltraum mond "
    "weltall espace lune espacio luna spazio космос 宇宙 太空 月球 月面 우주 فضاء अंतरिक्ष",
    "table": "bowl cup mug plate food dish meal kitchen table ramen soup coffee tea breakfast bread bakery "
    "cake pizza sushi fruit product bottle logo icon emblem brot bäckerei kaffee suppe boulangerie "
    "café comida pan ラーメン 拉面 咖啡 面包 パン 라면 커피 хлеб кофе",
    "hills": "hill hills village meadow field fields countryside farm garden valley park grass prairie wiese "
    "feld hügel garten champ colline jardin campo prado giardino поле сад 草原 花园 庭 들판 정원",
    "abstract": "abstract pattern geometric minimal minimalist shapes texture wallpaper background gradient "
    "abstrakt abstrait abstracto astratto абстрактный 抽象 추상",
}

TIMES: dict[str, str] = {
    "dawn": "dawn sunrise morning daybreak morgen sonnenaufgang morgendämmerung aube matin amanecer alba "
    "рассвет सूर्योदय 朝 日の出 日出 黎明 새벽",
    "day": "day noon daylight sunny midday tag mittag jour midi día mezzogiorno день 昼 白天 낮",
    "golden": "golden autumn fall harvest herbst automne otoño autunno осень 秋 가을",
    "sunset": "sunset sundown evening sonnenuntergang abend coucher soir atardecer tramonto закат 夕日 夕焼け "
    "日落 夕阳 노을 सूर्यास्त",
    "dusk": "dusk twilight dämmerung crépuscule crepúsculo сумерки 黄昏 황혼",
    "night": "night midnight moonlight moonlit starry stars nacht sterne mondschein nuit étoiles noche "
    "estrellas notte noite ночь звёзды 夜 星空 밤 ليل रात",
    "neon": "cyberpunk neon synthwave vaporwave retrowave futuristic 赛博 霓虹 サイバー ネオン 네온",
    "space": "space galaxy cosmos cosmic nebula lunar mars astronaut weltraum космос 宇宙 太空 月球 우주",
}

WEATHERS: dict[str, str] = {
    "snow": "snow snowy winter ice icy blizzard snowfall christmas frozen arctic schnee neige hiver nieve "
    "invierno neve снег зима 雪 冬 눈 ثلج",
    "rain": "rain rainy raining drizzle monsoon regen pluie lluvia pioggia дождь 雨 비 مطر",
    "mist": "mist misty fog foggy haze hazy nebel neblig dunst brume brouillard niebla nebbia туман 霧 雾 안개",
    "aurora": "aurora northern polarlicht nordlicht boréale boreal 极光 極光 オーロラ 오로라",
    "storm": "storm stormy thunder lightning tempest sturm gewitter orage tormenta tempesta буря 嵐 暴风",
}

COLOURS: dict[str, str] = {
    "red": "red crimson scarlet ruby rot rote roter rotes rouge rojo roja rosso красный 红 紅 赤 빨간",
    "orange": "orange tangerine amber copper naranja arancione оранжевый 橙",
    "yellow": "yellow lemon gelb jaune amarillo giallo жёлтый 黄",
    "gold": "gold goldene goldener dorado oro золотой 金",
    "green": "green emerald olive mint grün grüne vert verte verde зелёный 绿 緑 초록",
    "teal": "teal petrol",
    "turquoise": "turquoise aqua türkis",
    "cyan": "cyan",
    "blue": "blue azure navy cobalt sapphire blau blaue blauer bleu bleue azul azzurro blu синий 蓝 藍 青 파란",
    "indigo": "indigo",
    "purple": "purple lila violett morado viola фиолетовый 紫 보라",
    "violet": "violet lavender lilac lavendel",
    "pink": "pink rose rosa rosy coral 粉 розовый 분홍",
    "magenta": "magenta fuchsia",
    "brown": "brown chocolate braun marron marrón коричневый 棕 茶色",
    "beige": "beige cream ivory",
    "white": "white weiß weiss weiße blanc blanche blanco blanca bianco белый 白 하얀",
    "grey": "grey gray grau gris grigio серый 灰",
    "silver": "silver silbern argent",
    "black": "black schwarz schwarze noir noire negro negra nero чёрный 黑 黒 검은",
}

FIGURES: dict[str, str] = {
    "fox": "fox foxes fuchs renard zorro volpe лиса лис 狐 狐狸 여우 ثعلب",
    "cat": "cat cats kitten kitty katze gato gata gatto кот кошка 猫 고양이 قطة बिल्ली",
    "dog": "dog dogs puppy wolf hund chien perro cane собака волк 狗 犬 狼 개",
    "rabbit": "rabbit bunny hare hase kaninchen lapin conejo coniglio заяц кролик 兔 うさぎ 토끼",
    "bear": "bear bears panda teddy bär oso orso медведь 熊 곰",
    "deer": "deer stag reindeer moose elk hirsch reh cerf ciervo cervo олень 鹿 사슴",
    "horse": "horse horses pony unicorn stallion camel pferd cheval caballo cavallo лошадь конь 马 馬 말 حصان",
    "bird": "bird birds eagle seagull seagulls crane swallow vogel vögel oiseau oiseaux pájaro uccello птица "
    "птицы 鸟 鳥 새",
    "owl": "owl owls eule hibou búho gufo сова 猫头鹰 フクロウ 부엉이",
    "fish": "fish goldfish koi shark fisch poisson pez pesce рыба 鱼 魚 물고기",
    "whale": "whale whales dolphin wal baleine ballena balena кит 鲸 鯨 고래",
    "butterfly": "butterfly butterflies moth schmetterling papillon mariposa farfalla бабочка 蝴蝶 蝶 나비",
    "boat": "boat boats ship sailboat sailing yacht boot schiff segelboot bateau voilier barco barca nave "
    "лодка корабль 船 舟 배",
    "lighthouse": "lighthouse leuchtturm phare faro маяк 灯塔 灯台 등대",
    "house": "house village dorf cabin cottage home hut barn haus hütte maison casa дом 房子 家 집 بيت घर",
    "castle": "castle palace tower fortress temple schloss burg château castillo castello замок 城堡 城 성",
    "windmill": "windmill mill windmühle moulin molino мельница 风车 風車",
    "tree": "tree trees oak bonsai baum bäume arbre árbol albero дерево 树 樹 木 나무 شجرة पेड़ sakura arbres",
    "flower": "flower flowers rose tulip sunflower blossom lotus blume blumen fleur fleurs flor flores fiore "
    "цветок цветы 花 꽃 زهرة फूल",
    "mushroom": "mushroom mushrooms pilz champignon seta fungo гриб 蘑菇 キノコ",
    "cactus": "cactus cacti kaktus кактус 仙人掌 サボテン",
    "balloon": "balloon balloons airship heißluftballon ballon globo mongolfiera palloncino шар 气球 気球 풍선 열기구",
    "rocket": "rocket spaceship spacecraft shuttle rakete fusée cohete razzo ракета 火箭 ロケット 로켓",
    "robot": "robot robots android mech cyborg roboter робот 机器人 ロボット 로봇",
    "astronaut": "astronaut cosmonaut spaceman astronautin astronaute astronauta космонавт 宇航员 宇宙飛行士 "
    "우주비행사",
    "person": "person man woman girl boy child people knight wizard samurai king queen princess mädchen junge "
    "frau mann femme homme fille mujer hombre niña donna uomo человек девочка 人 女孩 男孩 少女 사람 "
    "dancer monk ninja",
    "bowl": "bowl ramen soup noodles rice salad stew schüssel suppe soupe sopa tazón ラーメン 拉面 面 飯 라면",
    "cup": "cup mug coffee tea latte tasse kaffee tee café thé taza té caffè кофе чай 咖啡 茶 コーヒー 커피",
    "bread": "bread bakery loaf croissant baguette brot bäckerei boulangerie pan panadería pane хлеб 面包 パン 빵",
    "cake": "cake cupcake dessert birthday kuchen torte gâteau pastel torta торт 蛋糕 ケーキ 케이크",
    "car": "car cars automobile taxi auto voiture coche macchina машина 汽车 車 자동차",
    "train": "train locomotive railway zug tren treno поезд 火车 電車 列車 기차",
    "planet": "planet planets saturn jupiter planeta планета 行星 惑星 행성",
    "heart": "heart love valentine herz coeur corazón cuore сердце 心 爱 愛 하트",
    "umbrella": "umbrella parasol regenschirm parapluie paraguas ombrello зонт 伞 傘 우산",
}

# Where a figure is at home when the prompt names no place.
HOMES: dict[str, str] = {
    "fox": "forest",
    "bear": "forest",
    "deer": "forest",
    "owl": "forest",
    "mushroom": "forest",
    "boat": "sea",
    "lighthouse": "sea",
    "fish": "sea",
    "whale": "sea",
    "castle": "mountains",
    "balloon": "mountains",
    "cactus": "desert",
    "rocket": "space",
    "astronaut": "space",
    "planet": "space",
    "robot": "city",
    "car": "city",
    "umbrella": "city",
    "bowl": "table",
    "cup": "table",
    "bread": "table",
    "cake": "table",
    "heart": "abstract",
}
