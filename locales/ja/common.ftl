# What every page shares.

skip-to-content = 本文へ移動
foot-help = ヘルプ
foot-privacy = プライバシーポリシー
foot-terms = 利用規約
foot-language = 言語：
language-title = 言語
language-hint = このブラウザーのページは、選択した言語で表示されます。
