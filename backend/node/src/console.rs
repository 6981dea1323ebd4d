//! The Lab's console: sessions with this host's own services, typed by hand, for one local account.
//! Roles, limits and counts are those of the listeners; only this account can log in, and no
//! message leaves the host. Opens no network connection.

use crate::{Node, Service};
use mua::console::OwnHost;
use store::Account;
use world::{BoxFuture, Connection};

impl OwnHost for Node {
    fn serve(
        &self,
        service: Service,
        connection: Connection,
        account: Account,
    ) -> BoxFuture<'static, ()> {
        let node = self.clone();
        Box::pin(async move {
            match node.admit(service, &connection) {
                Some(permit) => {
                    node.serve_console(service, connection, account).await;
                    drop(permit);
                }
                None => node.reject(service, connection).await,
            }
        })
    }
}

impl Node {
    async fn serve_console(&self, service: Service, connection: Connection, account: Account) {
        let connection = if service.implicit_tls() {
            match self.handshake(service, connection).await {
                Some(connection) => connection,
                None => return,
            }
        } else {
            connection
        };
        let (closing, logins) = (self.closing(), self.0.logins.restricted_to(account.id));
        match service {
            Service::Smtp => {
                self.0
                    .inbound
                    .serve_console(connection, closing, account)
                    .await;
            }
            Service::Submission | Service::Submissions => {
                self.0
                    .msa
                    .for_console(logins)
                    .serve(connection, closing)
                    .await;
            }
            Service::Imap | Service::Imaps => {
                let imap = self.0.imap.with_logins(logins);
                imap.serve(connection, self.0.imap_config.clone(), closing)
                    .await;
            }
            Service::Pop3 | Service::Pop3s => {
                self.0
                    .pop3
                    .with_logins(logins)
                    .serve(connection, closing)
                    .await;
            }
        }
    }
}
