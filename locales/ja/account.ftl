# The pages of one's own account.

account-title-error = エラー：{ $title }
account-not-done = うまくいきませんでした。
account-nav-label = アカウント
account-nav-signed-in-as = サインイン中：
account-nav-sign-out = サインアウト
account-overview-title = 概要
account-profile-title = プロフィール
account-email-title = メール
account-password-title = パスワード
account-factors-title = パスキーとコード
account-sessions-title = デバイス
account-applications-title = アプリ
account-providers-title = ほかのアカウント
account-activity-title = アクティビティ
account-data-title = あなたのデータ
