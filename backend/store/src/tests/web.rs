//! Sessions and uploads of the webmail.

use super::*;

#[tokio::test]
async fn stores_sessions_and_uploads_until_they_end() {
    on_every_engine(|store| async move {
        let account = alice(&store).await.id;
        let session = WebSession {
            account,
            created: NOW,
            used: NOW,
            remember: true,
            password: "p".into(),
        };
        store.keep_web_session(&[7; 32], &session).await.unwrap();
        assert_eq!(
            store.web_session(&[7; 32]).await.unwrap(),
            Some(session.clone())
        );
        assert_eq!(
            store.web_sessions().await.unwrap(),
            [([7; 32], session.clone())]
        );
        store
            .touch_web_session(&[7; 32], &session, Time(NOW.0 + 1))
            .await
            .unwrap();
        let session = store.web_session(&[7; 32]).await.unwrap().unwrap();
        assert_eq!(session.used, Time(NOW.0 + 1));
        store.end_web_sessions(&[[7; 32]]).await.unwrap();
        store
            .touch_web_session(&[7; 32], &session, Time(NOW.0 + 1))
            .await
            .unwrap();
        assert_eq!(store.web_session(&[7; 32]).await.unwrap(), None);
        for bytes in [5, 200_000] {
            let mut writer = store.writer();
            writer.write(&vec![b'x'; bytes]).unwrap();
            let content = writer.finish().await.unwrap();
            let upload = store
                .keep_upload(
                    account,
                    "id",
                    "a.txt".into(),
                    "text/plain".into(),
                    NOW,
                    &content,
                )
                .await
                .unwrap();
            assert_eq!(
                store.upload(account, "id").await.unwrap(),
                Some(upload.clone())
            );
            assert_eq!(store.upload(AccountId(99), "id").await.unwrap(), None);
            assert_eq!(
                store
                    .read_content(upload.blob, 0, bytes + 1)
                    .await
                    .unwrap()
                    .len(),
                bytes
            );
            let all = store.uploads(Some(account)).await.unwrap();
            assert_eq!(store.uploads(None).await.unwrap(), all);
            store.remove_uploads(&all).await.unwrap();
            assert_eq!(store.upload(account, "id").await.unwrap(), None);
            assert!(store.read_content(upload.blob, 0, 1).await.is_err());
        }
    })
    .await;
}
