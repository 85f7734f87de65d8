# Signing in with another provider.

upstream-or = ほかの方法でサインイン
upstream-sign-in-with = { $it } で続ける
upstream-departure-title = 移動中
upstream-departure-heading = { $it } に移動します
upstream-departure-wait = 何も起こらない場合はボタンを使ってください。
upstream-departure-go = 続ける
upstream-refused-title = その方法ではサインインできませんでした
upstream-refused-no-provider = このプロバイダーではここにサインインできません。
upstream-refused-stale = 時間がかかりすぎたか、二度戻ってきたか、別のブラウザーで始めたためです。
upstream-refused-denied = サインインが相手側で取り消されました。
upstream-refused-provider = 相手のプロバイダーに接続できないか、その応答を信頼できません。
upstream-refused-too-many = この 1 分間に、お使いのネットワークから非常に多くのサインインが始まりました。
upstream-refused-no-account = そのアカウントに対応する人はここにいません。
upstream-refused-no-address = 相手のプロバイダーが、確認済みのメールアドレスを示していません。
upstream-refused-address-taken = 同じアドレスのアカウントがここにありますが、連携されていません。
upstream-refused-linked-elsewhere = そのアカウントはここの別の人に連携されています。
upstream-refused-other-person = 連携を始めた人としてサインインしていません。
upstream-refused-disabled = ここでのあなたのアカウントは無効になっています。
upstream-refused-not-signed-in = 現在、ここのアカウントにはサインインできません。
upstream-ask-operator = このサーバーの運営者にお問い合わせください。
upstream-later = 少し待ってからもう一度お試しください。
upstream-again-sign-in = サインインページに戻ってやり直すか、別の方法でサインインしてください。
upstream-again-account = アカウントに戻ってもう一度お試しください。
upstream-link-yourself = 別の方法でそのアカウントにサインインし、「ほかのアカウント」で連携してください。
