"""What identifies a person goes, what is public stays (safeguard S3)."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.clean import clean
from crawlers.mask import find_personal, mask
from crawlers.mask_fold import MARK

GONE = [
    # telephones
    ("我的手机是13912345678，请回电。", "我的手机是〔电话〕，请回电。"),
    ("请打 139 1234 5678 或 139-1234-5678", "请打 〔电话〕 或 〔电话〕"),
    ("（+86）13912345678", "〔电话〕"),
    ("+86-139-1234-5678", "〔电话〕"),
    ("电话一三九一二三四五六七八找我", "电话〔电话〕找我"),
    ("１３９１２３４５６７８", "〔电话〕"),
    ("①③⑨①②③④⑤⑥⑦⑧", "〔电话〕"),
    ("1 3 9 1 2 3 4 5 6 7 8", "〔电话〕"),
    ("139.1234.5678", "〔电话〕"),
    ("联系电话：1391234\n5678", "联系电话：〔电话〕"),
    ("手机139****5678", "手机〔电话〕"),
    ("13912345678一直打不通", "〔电话〕一直打不通"),
    ("电话138oo138ooo", "电话〔电话〕"),
    ("我家电话：0531-86123456", "我家电话：〔电话〕"),
    ("我家的座机（0531）86123456", "我家的座机〔电话〕"),
    ("联系电话：86123456", "联系电话：〔电话〕"),
    # papers and cards
    ("身份证370102198503072316", "身份证〔身份证〕"),
    ("370102 19850307 231X", "〔身份证〕"),
    ("身份证号：三七零一零二一九八五零三零七二三一六", "身份证号：〔身份证〕"),
    ("37010219850307231ｘ", "〔身份证〕"),
    ("370102850307231", "〔身份证〕"),
    ("身份证3701021985\n03072316", "身份证〔身份证〕"),
    ("卡号 6228 4804 0256 4890 018", "卡号 〔银行卡〕"),
    ("请退到6222021234567890123", "请退到〔银行卡〕"),
    ("护照号码：E12345678", "护照号码：〔证件〕"),
    ("社保卡号：A123456789", "社保卡号：〔证件〕"),
    # vehicles
    ("鲁A·12345违停", "〔车牌〕违停"),
    ("鲁ＡＦ１２３４５（新能源）", "〔车牌〕（新能源）"),
    ("鲁 A 1B234 堵路", "〔车牌〕 堵路"),
    ("车牌号：A12345", "车牌号：〔车牌〕"),
    # accounts
    ("邮箱zhang.san@example.com收", "邮箱〔邮箱〕收"),
    ("zhangsan＠example．com", "〔邮箱〕"),
    ("zhangsan(at)example.com", "〔邮箱〕"),
    ("zhang3艾特example点com", "〔邮箱〕"),
    ("加微信abc_12345", "加微信〔账号〕"),
    ("v❤：zhang8888", "v❤：〔账号〕"),
    ("薇信号 wxid_a1b2c3d4", "薇信号 〔账号〕"),
    ("VX：123456789", "VX：〔账号〕"),
    ("威信zhang8888", "威信〔账号〕"),
    ("＋v zhang8888", "＋v 〔账号〕"),
    ("QQ：12345678", "QQ：〔账号〕"),
    ("扣扣1 2 3 4 5 6 7", "扣扣〔账号〕"),
    ("@山间的小溪 你也来看看", "〔账号〕 你也来看看"),
    ("网名：山间的小溪115。", "网名：〔账号〕。"),
    # handles
    ("网友“山间的小溪”您好！", "网友“〔网友〕”您好！"),
    ('网友"山溪115"反映的情况', '网友"〔网友〕"反映的情况'),
    ("网友“U12345”网友 您好！", "网友“〔网友〕”网友 您好！"),
    ("网友：山溪115：您好！", "网友：〔网友〕：您好！"),
    ("网友山溪您好！", "网友〔网友〕您好！"),
    ("尊敬的网友山溪：您好", "尊敬的网友〔网友〕：您好"),
    ("尊敬的山溪网友：您好！", "尊敬的〔网友〕网友：您好！"),
    ("“山溪”网友：您好！", "“〔网友〕”网友：您好！"),
    ("UU123456，您好", "〔网友〕，您好"),
    ("回复 山溪：你说得对", "回复 〔网友〕：你说得对"),
    # doors
    ("我住滨河花园5栋2单元501室", "我住滨河花园〔住址〕"),
    ("5棟2單元501室", "〔住址〕"),
    ("五栋二单元五零一室", "〔住址〕"),
    ("5 栋 2 单元 501", "〔住址〕"),
    ("滨河花园5#2-501", "滨河花园〔住址〕"),
    ("滨河小区5-2-501", "滨河小区〔住址〕"),
    ("我家住在滨河路18号", "我家住在滨河路〔住址〕"),
    ("大山村3组12号", "大山村〔住址〕"),
    ("Ａ座１８０１室的业主", "〔住址〕的业主"),
    # names
    ("我叫张建国，今年六十岁。", "我叫〔姓名〕，今年六十岁。"),
    ("本人李秀英，住滨河小区。", "本人〔姓名〕，住滨河小区。"),
    ("联系人：王大力 联系电话", "联系人：〔姓名〕 联系电话"),
    ("来电人欧阳小红反映", "来电人〔姓名〕反映"),
    ("物业经理赵六强行收费", "物业经理〔姓名〕强行收费"),
    ("班主任李老师收红包", "班主任〔姓名〕老师收红包"),
    ("村民孙大勇、周小芳和吴有才等人", "村民〔姓名〕、〔姓名〕和〔姓名〕等人"),
    ("请尽快处理。\n张建国\n2026年3月1日", "请尽快处理。\n〔姓名〕\n2026年3月1日"),
    ("盼复，谢谢！张建国", "盼复，谢谢！〔姓名〕"),
    ("姓名：阿依古丽·买买提，女", "姓名：〔姓名〕，女"),
    ("投诉人：钱多多电话", "投诉人：〔姓名〕电话"),
    ("我儿子陈小龙在校被打", "我儿子〔姓名〕在校被打"),
    ("姓名張建國", "姓名〔姓名〕"),
]

KEPT = [
    "请拨打12345热线，或致电滨河区信访局0531-86123456咨询。",
    "监督电话：0531-86123456，监督邮箱：jubao@sfj.example.gov.cn",
    "客服电话400-123-4567，银行客服95588",
    "苏政办发〔2017〕151号文件第三条第（二）项，工单编号20260315000123456",
    "人民路138号门前、G15高速K1234+500处、5路公交车",
    "共投资13800000000元，占地13812345678平方米，合同金额1,380,000,000.00元",
    "2026年3月15日13时45分，2026-03-15 13:45:22，从2019.03到2026.05",
    "滨河花园5栋2单元电梯坏了三天，3号楼停水，12栋旁边的垃圾桶没人清",
    "共有5栋1204户居民，一梯四户，2016年建成18号楼1500平方米",
    "网友您好！您反映的问题已收悉。",
    "尊敬的网友：您好！感谢您对我区工作的关心。",
    "各位网友大家好，广大网友你好",
    "2026年3月15日网友：您好",
    "尊敬的李书记、王市长：你们好！",
    "李建军市长到现场办公，县委书记王强同志作出批示",
    "居民和学生都知道，业主高度关注，老师上课，职工宿舍，群众关切",
    "本人高中毕业，我是高三学生，我是万达广场的商户",
    "负责人和国土部门，联系人：市城管局办公室",
    "关注“滨河发布”微信公众号，用微信、QQ、支付宝都可以缴费",
    "@滨河区城市管理局 请处理",
    "统一社会信用代码91370100MA3CXXXX1X",
    "身份证办理需要多久？手机号码怎么变更？",
    "我叫了救护车，他叫什么名字不知道",
    "请到政务服务中心3楼302室办理，地址：人民路18号1栋1203室（办公室）",
    "全程马拉松42.195公里，经度118.7969，纬度32.0603",
]


@pytest.mark.parametrize(("text", "masked"), GONE, ids=[text[:20] for text, _ in GONE])
def test_what_identifies_goes(text: str, masked: str) -> None:
    assert mask(clean(text)) == masked


@pytest.mark.parametrize("text", KEPT, ids=[text[:20] for text in KEPT])
def test_what_is_public_stays(text: str) -> None:
    assert mask(text) == text
    assert mask(text, official=True) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("网友“柳塘维权代表”：您好！", "网友“〔网友〕”：您好！"),
        ("回复 爱问问题的小罗：您好，来信收悉。", "回复 〔网友〕：您好，来信收悉。"),
        ("小朋友“想学法的五年级”，你好！", "小朋友“〔网友〕”，你好！"),
        ("“七路车老乘客”网友好：意见已收悉。", "“〔网友〕”网友好：意见已收悉。"),
        ("回复 领导同志：您好", "回复 领导同志：您好"),
        ("网友“建议增设路灯”的留言收悉。", "网友“建议增设路灯”的留言收悉。"),
    ],
)
def test_a_greeted_handle_goes_whatever_it_says(text: str, masked: str) -> None:
    assert mask(text, official=True) == masked


# Every kind of character the rules look at, so that random texts come close to matching.
NEARLY = st.text(
    alphabet=st.one_of(
        st.sampled_from("网友您好：“”‘’（）张王李三建国老师经理业主村民我叫本人姓名联系人"),
        st.sampled_from("1380 -.@栋单元室号楼微信vQq加身份证电话鲁A\n，。〔〕"),
        st.characters(),
    ),
    max_size=80,
)


@given(NEARLY, st.booleans())
def test_masking_twice_changes_nothing(text: str, official: bool) -> None:
    once = mask(text, official=official)
    assert mask(once, official=official) == once


@given(NEARLY)
def test_marks_replace_and_nothing_else_changes(text: str) -> None:
    rest = iter(text)
    left = MARK.sub("", mask(text))
    assert all(char in rest for char in left)  # what is left is the text with stretches missing, in its order
    spans = find_personal(text)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_number_goes_wherever_it_stands(before: str, after: str) -> None:
    text = clean(f"{before} 手机13912345678，{after}")
    assert "13912345678" not in mask(text)


@given(st.sampled_from(KEPT), st.sampled_from(KEPT), st.sampled_from(["\n", "。", "；"]))
def test_public_texts_stay_public_beside_each_other(one: str, other: str, joint: str) -> None:
    assert mask(one + joint + other) == one + joint + other


HOSTILE = {
    "数字": "1",
    "断开的数字": "1 3 8 ",
    "中文数字": "一三八",
    "短横": "3-2-",
    "楼栋": "3栋2单元",
    "引号": "网友“",
    "问候": "您好",
    "账号": "微信号是",
    "姓": "王",
    "名单": "村民张三、",
    "署名": "。张三\n",
    "邮件": "a@a.",
    "提及": "@",
    "转义": "\x1b[3",
    "括号": "（“",
    "点": "a.",
    "身份证": "身份证号430102",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        mask(clean(text))
        return time.process_time() - start

    seconds(1_000)
    short, long = seconds(10_000), seconds(80_000)
    assert long < 40 * max(short, 0.01)  # eight times the text; a square would take 64 times as long
